// `npx mocknito` in a clean folder, from a registry that has what a release publishes: the first
// session of README with the SDK for JavaScript, and how the program begins and ends.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { HERE, startRegistry } from "./registry.mjs";

const run = promisify(execFile);
// The clients' packages, which belong to another folder: the clean one has Mocknito alone.
const clients = createRequire(new URL("../../../tests/clients/node/package.json", import.meta.url));
const POOL = "us-east-1_Mocknito1";
const CLIENT = "democlient0000000000000000";

let registry, folder;
before(async () => {
  registry = await startRegistry();
  folder = await mkdtemp(join(tmpdir(), "mocknito-clean-"));
});
after(async () => {
  await registry?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** Neither this suite's npm nor its Mocknito is the clean folder's. */
function environment(from) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NPM_|AWS_|MOCKNITO_)/.test(name) && name !== "NO_COLOR",
  );
  return {
    ...Object.fromEntries(own),
    HOME: folder,
    npm_config_registry: from.url,
    npm_config_cache: join(folder, "cache"),
    npm_config_update_notifier: "false",
  };
}

/** Runs it and waits until it says where it is. */
async function started(program, words, options) {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"], ...options });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = line.startsWith("{") ? JSON.parse(line) : {};
    if (said.event === "ready") return { child, url: said.url };
  }
  throw new Error(`${program} ended before it was ready`);
}

const SERVE = ["--ephemeral", "--demo", "--port", "0", "--log-format", "json", "--log", "warn"];

/** `npm install` into a folder of its own; returns the launcher. `words` are further packages. */
async function installed(from, ...words) {
  const at = await mkdtemp(join(folder, "app-"));
  const asked = ["install", "--no-audit", "--no-fund", "mocknito", ...words];
  await run("npm", asked, { cwd: at, env: environment(from) });
  return { at, launcher: join(at, "node_modules", ".bin", "mocknito") };
}

test("npx mocknito, a sign-in with the AWS SDK, and the token verified", async () => {
  // npm keeps a signal to itself: who starts npx in a program ends the server by closing its input.
  const words = ["--yes", "mocknito", ...SERVE, "--exit-with-parent"];
  const { child, url } = await started("npx", words, { cwd: folder, env: environment(registry) });
  try {
    const {
      CognitoIdentityProviderClient,
      GetUserCommand,
      InitiateAuthCommand,
    } = clients("@aws-sdk/client-cognito-identity-provider");
    const { JwtVerifier } = clients("aws-jwt-verify");
    const cognito = new CognitoIdentityProviderClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { AuthenticationResult } = await cognito.send(
      new InitiateAuthCommand({
        ClientId: CLIENT,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "alice", PASSWORD: "Passw0rd!" },
      }),
    );
    const { AccessToken } = AuthenticationResult;
    assert.equal((await cognito.send(new GetUserCommand({ AccessToken }))).Username, "alice");
    const issuer = `${url}/${POOL}`;
    const jwksUri = "https://unused.test/";
    const verifier = JwtVerifier.create({ issuer, audience: null, jwksUri });
    verifier.cacheJwks(await (await fetch(`${issuer}/.well-known/jwks.json`)).json());
    assert.equal((await verifier.verify(AccessToken)).username, "alice");
    await assert.rejects(verifier.verify(`${AccessToken.slice(0, -4)}AAAA`));
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
  await assert.rejects(fetch(url), "the server outlives npx");
});

test("only this platform's program is installed, and it can be run", async () => {
  const { at } = await installed(registry);
  const mocknito = createRequire(join(at, "package.json"))("mocknito");
  const path = mocknito.binary();
  assert.ok(path.includes(join("@mocknito", HERE, "bin")), path);
  assert.notEqual((await stat(path)).mode & 0o111, 0);
  const { version } = registry.contents("mocknito").versions[
    registry.contents("mocknito")["dist-tags"].latest
  ];
  assert.match((await run(path, ["--version"])).stdout, new RegExp(`mocknito ${version}`));
});

test("what ends the launcher ends the program, whose end is the launcher's", async () => {
  const { launcher } = await installed(registry);
  const options = { env: environment(registry) };
  // Mocknito ends in good order.
  for (const signal of ["SIGTERM", "SIGINT"]) {
    const { child, url } = await started(launcher, SERVE, options);
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [0, null], signal);
    await assert.rejects(fetch(url));
  }
  // Nothing handles this one: it is what both die of.
  const { child, url } = await started(launcher, SERVE, options);
  child.kill("SIGHUP");
  assert.deepEqual(await once(child, "exit"), [null, "SIGHUP"]);
  await assert.rejects(fetch(url));
});

test("words, codes and standard input pass through", async () => {
  const { launcher } = await installed(registry);
  const options = { env: environment(registry) };
  await assert.rejects(run(launcher, ["--prot", "1"], options), ({ code, stderr }) => {
    assert.equal(code, 2);
    assert.match(stderr, /--port/);
    return true;
  });
  const exits = ["exec", "--", process.execPath, "--eval", "process.exit(7)"];
  await assert.rejects(run(launcher, exits, options), ({ code }) => code === 7);
  const { child, url } = await started(launcher, [...SERVE, "--exit-with-parent"], options);
  child.stdin.end();
  assert.deepEqual(await once(child, "exit"), [0, null]);
  await assert.rejects(fetch(url));
});

test("@mocknito/test starts the program of the package", async () => {
  const { at } = await installed(registry, "@mocknito/test");
  const suite = `
    import { startMocknito } from "@mocknito/test";
    const mocknito = await startMocknito({ demo: true });
    const { AccessToken } = await mocknito.tokens({ clientId: "${CLIENT}", username: "alice" });
    console.log(AccessToken.split(".").length);
    await mocknito.stop();`;
  const words = ["--input-type=module", "--eval", suite];
  // No other program can be found by its name.
  const options = { cwd: at, env: { ...environment(registry), PATH: "/nowhere" } };
  assert.equal((await run(process.execPath, words, options)).stdout, "3\n");
});

test("who has no program is told why", async () => {
  const { at, launcher } = await installed(registry, "--omit=optional");
  const options = { env: environment(registry) };
  await assert.rejects(run(launcher, [], options), ({ code, stderr }) => {
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^mocknito: .*@mocknito/${HERE}, which is not installed`));
    return true;
  });
  const elsewhere =
    'Object.defineProperty(process, "platform", { value: "sunos" });' +
    'require("mocknito").binary()';
  await assert.rejects(
    run(process.execPath, ["--eval", elsewhere], { ...options, cwd: at }),
    /mocknito has no program for sunos-.*, only for linux-x64, .*win32-x64/,
  );
});

test("a registry without this platform's program does not break an installation", async () => {
  const poor = await startRegistry({ without: HERE });
  try {
    const { launcher } = await installed(poor);
    const options = { env: environment(poor) };
    await assert.rejects(run(launcher, [], options), /which is not installed/);
  } finally {
    await poor.stop();
  }
});
