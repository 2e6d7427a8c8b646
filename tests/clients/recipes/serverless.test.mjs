// The recipe for serverless-offline as it stands on its page: it runs the functions, and the server
// calls them as a trigger and behind an API.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { own, startServer } from "../node/support.mjs";
import { HERE, freePort, startApp, written } from "./support.mjs";

test("functions under serverless-offline are triggers, and are reached by a token", async (t) => {
  const [lambda, http] = [await freePort(), await freePort()];
  const folder = written(
    "serverless-offline.md",
    {
      "serverless.yml": "recipe-serverless",
      "functions.mjs": "recipe-serverless-functions",
      "pool.yaml": "recipe-serverless-fixture",
    },
    {},
  );
  const serverless = `${HERE}node_modules/serverless/bin/serverless.js`;
  const ports = ["--lambdaPort", lambda, "--httpPort", http];
  await startApp(t, folder, ["node", serverless, "offline", ...ports], lambda, {
    SLS_TELEMETRY_DISABLED: "1",
    SLS_NOTIFICATIONS_MODE: "off",
  });
  const server = await startServer(
    ...["--fixtures", join(folder, "pool.yaml")],
    ...["--lambda-endpoint", `http://localhost:${lambda}`],
  );
  t.after(() => server.stop());

  const client = { client_id: "offlineweb0000000000000000", username: "ann" };
  const { AccessToken } = await own(server, "tokens", client);
  const orders = `${server.url}/_mocknito/apis/shop/orders/7`;
  const opened = await fetch(orders, { headers: { authorization: AccessToken } });
  assert.deepEqual([opened.status, await opened.json()], [
    200,
    { order: "7", of: "ann", tenant: "acme" },
  ]);

  const expired = await own(server, "tokens", { ...client, defect: "expired" });
  for (const authorization of [undefined, expired.AccessToken, `${AccessToken}x`]) {
    const headers = authorization ? { authorization } : {};
    const refused = await fetch(orders, { headers });
    assert.equal(refused.status, 401);
    assert.ok(refused.headers.get("x-mocknito-reason"));
  }
});
