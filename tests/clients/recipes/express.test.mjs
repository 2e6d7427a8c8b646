// The recipe for Express as it stands on its page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CLIENT, own, startServer } from "../node/support.mjs";
import { freePort, startApp, written } from "./support.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const minted = (how) => own(server, "tokens", { client_id: CLIENT, username: "alice", ...how });

test("whoever has an access token of the app is let in, and nobody else", async (t) => {
  const port = await freePort();
  const ports = { 9339: new URL(server.url).port };
  const folder = written("express.md", { "app.mjs": "recipe-express" }, ports);
  const app = await startApp(t, folder, ["node", "app.mjs"], port, { PORT: port });
  const ask = async (method, path, token) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${app.url}${path}`, { method, headers });
    return { status: answer.status, body: await answer.json() };
  };

  const alice = await minted({});
  const bob = await minted({ username: "bob" });
  assert.deepEqual(await ask("GET", "/me", bob.AccessToken), {
    status: 200,
    body: { name: "bob", groups: ["users"] },
  });
  assert.equal((await ask("DELETE", "/orders/7", alice.AccessToken)).body.by, "alice");
  assert.equal((await ask("DELETE", "/orders/7", bob.AccessToken)).status, 403);

  assert.equal((await ask("GET", "/me")).status, 401);
  assert.equal((await ask("GET", "/me", "nonsense")).status, 401);
  assert.equal((await ask("GET", "/me", alice.IdToken)).status, 401);
  for (const defect of [
    "signature",
    "expired",
    "not_yet_valid",
    "issuer",
    "kid",
    "alg_none",
    "alg_hs256",
    "token_use",
    "other_pool",
    "truncated",
  ]) {
    const { AccessToken } = await minted({ defect });
    assert.equal((await ask("GET", "/me", AccessToken)).status, 401, defect);
  }
});
