// The README's lines on TLS: a Node process that is told of the authority trusts the server, by
// HTTP/1.1 and HTTP/2, and one that is not does not.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startServer } from "./support.mjs";

const run = promisify(execFile);
let server, folder, secure, authority;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mocknito-tls-"));
  server = await startServer();
  secure = server.url.replace("http://127.0.0.1", "https://localhost");
  authority = await (await fetch(`${server.url}/_mocknito/ca.pem`)).text();
  await writeFile(join(folder, "ca.pem"), authority);
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ask =
  "fetch(process.argv[1] + '/_mocknito/health').then((answer) => answer.text()).then(console.log)";

test("NODE_EXTRA_CA_CERTS makes fetch trust the server", async () => {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
  const { stdout } = await run(process.execPath, ["-e", ask, secure], { env });
  assert.equal(JSON.parse(stdout).status, "ok");
  await assert.rejects(run(process.execPath, ["-e", ask, secure]));
});

test("HTTP/2 is spoken where the client knows it", async () => {
  const session = http2.connect(secure, { ca: authority });
  const answer = await new Promise((resolve, reject) => {
    session.on("error", reject);
    const request = session.request({ ":path": "/_mocknito/health" });
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part) => (text += part));
    request.on("end", () => resolve(text));
    request.on("error", reject);
  });
  session.close();
  assert.equal(JSON.parse(answer).status, "ok");
});
