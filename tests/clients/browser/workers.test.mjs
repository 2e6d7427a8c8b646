// Four workers of a test run at one server, each in a copy of the demo pool: they do the same to
// the same names at the same time, and none meets what another does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { POOL, call, launchBrowser, openPage, own, startServer } from "./support.mjs";

const WEB_CLIENT = "webclient00000000000000000";
const WORKERS = 4;

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The world of one worker: its pool, its client, and where that sends browsers back to. */
async function world() {
  const copy = await own(server, `pools/${POOL}/copy`);
  const client = copy.clients.find((one) => one.copy_of === WEB_CLIENT).client_id;
  const { UserPoolClient } = await call(server, "DescribeUserPoolClient", {
    UserPoolId: copy.user_pool_id,
    ClientId: client,
  });
  return { pool: copy.user_pool_id, client, callback: UserPoolClient.CallbackURLs[0] };
}

/** Signs up by the pages with the code of the worker's own inbox, and comes back with a code. */
async function signUp({ pool, client, callback }, password) {
  const { context, page } = await openPage(browser);
  await context.route(`${callback}*`, (route) => route.fulfill({ body: "back" }));
  const query = new URLSearchParams({
    client_id: client,
    response_type: "code",
    scope: "openid",
    redirect_uri: callback,
  });
  await page.goto(`${server.url}/signup?${query}`);
  for (const [name, value] of [
    ["username", "carla"],
    ["email", "carla@example.com"],
    ["name", "Carla"],
    ["password", password],
    ["confirm_password", password],
  ]) {
    const field = page.locator(`input[name="${name}"], input[name="requiredAttributes[${name}]"]`);
    if (await field.count()) await field.first().fill(value);
  }
  await page.getByTestId("submit").click();
  await page.waitForSelector('input[name="code"]');
  const wanted = new URLSearchParams({ to: "carla@example.com", user_pool_id: pool, wait: "10" });
  const code = await (await fetch(`${server.url}/_mocknito/inbox/code?${wanted}`)).text();
  await page.fill('input[name="code"]', code);
  await page.getByTestId("submit").click();
  await page.waitForURL(/[?&]code=/);
  await context.close();
}

async function usernames(UserPoolId) {
  const { Users } = await call(server, "ListUsers", { UserPoolId });
  return Users.map((user) => user.Username).sort();
}

test("workers sign the same person up side by side, each in its own copy", async () => {
  const before = await usernames(POOL);
  const worlds = await Promise.all(Array.from({ length: WORKERS }, world));
  assert.equal(new Set(worlds.map(({ pool }) => pool)).size, WORKERS);
  await Promise.all(
    worlds.map((one, number) => signUp(one, `Passw0rd-of-${number}`)),
  );
  for (const [number, { pool }] of worlds.entries()) {
    assert.equal((await usernames(pool)).length, before.length + 1);
    // The same name, and everybody's own password.
    const { clients } = await own(server, `pools/${pool}/copy`);
    assert.ok(clients.length > 0, `${number}`);
  }
  assert.deepEqual(await usernames(POOL), before);
});
