// Starts the real binary for a test file and stops it afterwards.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

export const BINARY =
  process.env.MOCKNITO_BIN ??
  fileURLToPath(new URL("../../../target/debug/mocknito", import.meta.url));

export const POOL = "us-east-1_Mocknito1";
export const CLIENT = "democlient0000000000000000";
export const PASSWORD = "Passw0rd!";

/** A demo server; `stop()` ends it. */
export async function startServer(...flags) {
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const child = spawn(BINARY, ["serve", ...port, "--ephemeral", "--demo", ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(AWS|MOCKNITO)_/.test(name)),
    ),
  });
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let missing = false;
  child.once("error", (error) => {
    missing = true;
    log += error;
  });

  // It prints where it listens: a port that is looked for beforehand may be somebody else's by the
  // time it is used.
  let printed = "";
  let url;
  child.stdout.on("data", (text) => {
    printed += text;
    url ??= printed.match(/Endpoint +(http\S+)\n/)?.[1].replace("localhost", "127.0.0.1");
  });
  const deadline = Date.now() + 20_000;
  while (!url) {
    if (missing || child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the server does not answer:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  return {
    url,
    /** The SDK's client, unmodified but for the endpoint. */
    client: () =>
      new CognitoIdentityProviderClient({
        endpoint: url,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
      }),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The JWKS and the discovery document of the demo pool. */
export async function documents(server) {
  const at = `${server.url}/${POOL}/.well-known`;
  const discovery = await (await fetch(`${at}/openid-configuration`)).json();
  const jwks = await (await fetch(discovery.jwks_uri)).json();
  return { discovery, jwks };
}

/** Asks the server for something below `/_mocknito/`, and gives its answer. */
export async function own(server, path, body = undefined) {
  const answer = await fetch(`${server.url}/_mocknito/${path}`, {
    method: "POST",
    body: body && JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The newest code that was sent to an address; waits for one. `kind` says what for. */
export async function sentCode(server, to, kind) {
  const query = new URLSearchParams({ to, wait: "10s", ...(kind && { kind }) });
  const { messages } = await (await fetch(`${server.url}/_mocknito/inbox?${query}`)).json();
  if (!messages.length) throw new Error(`nothing was sent to ${to}`);
  return messages[0].code;
}

/** Forgets all messages, so that the next one is the one that is meant. */
export async function emptyInbox(server) {
  await fetch(`${server.url}/_mocknito/inbox`, { method: "DELETE" });
}
