// Keycloak in development mode, from its zip of Maven Central. Slow: it is started where
// MOCKNITO_TEST_KEYCLOAK is set, to 1 or to a folder in which it was unpacked.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./support.mjs";

export const VERSION = "26.7.3";
const ZIP =
  "https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist/" +
  `${VERSION}/keycloak-quarkus-dist-${VERSION}.zip`;

/** Why the tests are left out, or false. */
export const left_out = process.env.MOCKNITO_TEST_KEYCLOAK
  ? false
  : "MOCKNITO_TEST_KEYCLOAK is not set";

async function unpacked(folder) {
  const given = process.env.MOCKNITO_TEST_KEYCLOAK;
  if (existsSync(join(given, "bin", "kc.sh"))) return given;
  const answer = await fetch(ZIP);
  if (!answer.ok) throw new Error(`${ZIP}: ${answer.status}`);
  const zip = join(folder, "keycloak.zip");
  writeFileSync(zip, Buffer.from(await answer.arrayBuffer()));
  execFileSync("unzip", ["-q", zip, "-d", folder]);
  return join(folder, `keycloak-${VERSION}`);
}

/** A Keycloak with one realm, `corp`, and Ann in it; `stop()` ends it. */
export async function startKeycloak() {
  const folder = mkdtempSync(join(tmpdir(), "keycloak-"));
  const home = await unpacked(folder);
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    join(home, "bin", "kc.sh"),
    [
      "start-dev",
      "--http-host=127.0.0.1",
      `--http-port=${new URL(url).port}`,
      "--db=dev-mem",
      `--hostname=${url}`,
    ],
    {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: "admin",
        KC_BOOTSTRAP_ADMIN_PASSWORD: "admin",
        JAVA_OPTS_APPEND: "-Xmx512m",
      },
    },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  async function stop() {
    // The script and the server that it started.
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  const deadline = Date.now() + 300_000;
  while (!(await fetch(`${url}/realms/master`).then((answer) => answer.ok, () => false))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Keycloak does not answer:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  async function token() {
    const answer = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "password",
        client_id: "admin-cli",
        username: "admin",
        password: "admin",
      }),
    });
    return (await answer.json()).access_token;
  }

  /** Calls the administration's API. */
  async function admin(method, path, body) {
    const answer = await fetch(`${url}/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text && JSON.parse(text);
  }

  const realm = (name, more) =>
    admin("POST", "/realms", { realm: name, enabled: true, sslRequired: "none", ...more });
  await realm("corp", {
    users: [
      {
        username: "ann",
        enabled: true,
        email: "ann@example.com",
        emailVerified: true,
        firstName: "Ann",
        lastName: "Lee",
        credentials: [{ type: "password", value: "Passw0rd!" }],
      },
    ],
  });
  return {
    url,
    admin,
    realm,
    client: (settings, of = "corp") => admin("POST", `/realms/${of}/clients`, settings),
    stop,
    log: () => log,
  };
}
