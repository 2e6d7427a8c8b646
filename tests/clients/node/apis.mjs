// A server with the APIs of ../apis.yaml, and an Express app behind them.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "./support.mjs";

export const SHOP = "us-east-1_Shop00001";
export const SHOP_CLIENT = "shopclient0000000000000001";
export const SHOP_IDENTITIES = "us-east-1:22222222-2222-4333-8444-555555555555";

const CLIENTS = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** `origin` is where the server is, by the name localhost. */
export async function startApis() {
  const folder = mkdtempSync(join(tmpdir(), "mocknito-apis-"));
  const [port, appPort] = [await freePort(), await freePort()];
  const origin = `http://localhost:${port}`;
  const fixture = readFileSync(`${CLIENTS}/apis.yaml`, "utf8")
    .replaceAll("TARGET", `http://127.0.0.1:${appPort}`)
    .replaceAll("ORIGIN", origin)
    .replaceAll("PORT", `${port}`)
    .replaceAll("HANDLERS", CLIENTS);
  writeFileSync(join(folder, "apis.yaml"), fixture);
  const flags = ["--port", `${port}`, "--fixtures", join(folder, "apis.yaml")];
  const server = await startServer(...flags);
  // The verifier fetches keys over https alone: the app knows the server's authority.
  const authority = await (await fetch(`${server.url}/_mocknito/ca.pem`)).text();
  writeFileSync(join(folder, "ca.pem"), authority);
  const app = spawn(process.execPath, [join(CLIENTS, "node/apis_app.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PORT: `${appPort}`,
      ORIGIN: origin.replace("http:", "https:"),
      ISSUER: `${origin}/${SHOP}`,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    },
  });
  await new Promise((resolve, reject) => {
    app.stdout.once("data", resolve);
    app.once("exit", () => reject(new Error("the app has ended")));
  });
  return {
    server,
    origin,
    port,
    async stop() {
      app.kill();
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
