// The console while others change what it shows, and what newcomers ran into: nothing that one is
// at goes away, no page is a dead end, and everything that a page does can be copied.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { look } from "./console_support.mjs";
import { POOL, call, launchBrowser, openPage, startServer } from "./support.mjs";

let server, browser, context, page, complaints;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  ({ context, page, complaints } = await openPage(browser));
  page.setDefaultTimeout(15_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
});
beforeEach(() => complaints.splice(0));
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (path) => page.goto(`${server.url}/_mocknito/${path}`);
const button = (name, options) => page.getByRole("button", { name, exact: true, ...options });
const card = (name) => page.getByRole("region", { name, exact: true });
const row = (name) => page.getByRole("row").filter({ hasText: name });
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const makeClient = (ClientName) =>
  call(server, "CreateUserPoolClient", { UserPoolId: POOL, ClientName });

test("an open menu stays open while the page is told of something new", async () => {
  await open("pool");
  await row("demo-web").waitFor();
  const menu = page.locator("#tools details.menu").first();
  await menu.locator("summary").click();
  await makeClient("made-meanwhile");
  // Longer than the page asks for news.
  await page.waitForTimeout(6_500);
  assert.equal(await menu.evaluate((one) => one.open), true);
  await page.keyboard.press("Escape");
  await row("made-meanwhile").waitFor();
  assert.deepEqual(complaints, []);
});

test("the focus, and what was opened, stay where they were", async () => {
  await button("Create a group").focus();
  await page.getByText("Everything, as DescribeUserPool says it").evaluate((summary) => {
    summary.parentElement.open = true;
  });
  await makeClient("made-then");
  await row("made-then").waitFor();
  const hasFocus = (one) => one === document.activeElement;
  assert.equal(await button("Create a group").evaluate(hasFocus), true);
  assert.ok(await page.getByText('"CreationDate"').first().isVisible());
  assert.deepEqual(complaints, []);
});

test("the number of users is kept up, and nothing else is drawn for it", async () => {
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "other" });
  await open(`pool?pool=${UserPool.Id}`);
  await card("other").waitFor();
  await call(server, "AdminCreateUser", { UserPoolId: UserPool.Id, Username: "ann" });
  // Its number of users is all that changes.
  await card("other").getByRole("link", { name: "1", exact: true }).waitFor();
  await call(server, "DeleteUserPool", { UserPoolId: UserPool.Id });
});

test("an answer that comes late replaces no newer one", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let asked = 0;
  await page.route(`${server.url}/`, async (route) => {
    const target = route.request().headers()["x-amz-target"] ?? "";
    if (!target.endsWith(".AdminGetUser")) return route.continue();
    asked += 1;
    if (asked !== 2) return route.continue();
    const response = await route.fetch();
    await held;
    return route.fulfill({ response });
  });
  await open(`users?pool=${POOL}&user=bob`);
  await page.getByRole("heading", { name: "bob" }).waitFor();
  while (asked < 2) await page.waitForTimeout(200);
  await call(server, "AdminDisableUser", { UserPoolId: POOL, Username: "bob" });
  const disabled = page.locator(".who").getByText("disabled", { exact: true });
  await disabled.waitFor();
  const late = page.waitForResponse((answer) =>
    (answer.request().headers()["x-amz-target"] ?? "").endsWith(".AdminGetUser"),
  );
  release();
  await late;
  await page.waitForTimeout(300);
  assert.ok(await disabled.isVisible());
  await page.unroute(`${server.url}/`);
  await call(server, "AdminEnableUser", { UserPoolId: POOL, Username: "bob" });
  assert.deepEqual(complaints, []);
});

test("an identity provider is added, leads to its page, and back to the tokens", async () => {
  await open("pool");
  await button("Add a provider").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Type").selectOption("Google");
  await dialog.getByLabel("App client that offers it").selectOption({ label: "demo-web" });
  await look(page, "provider-add");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await row("Google").getByRole("button", { name: "by demo-web" }).click();
  await page.getByTestId("email").fill("gina@example.com");
  await page.getByTestId("continue").click();
  const tokens = card("Tokens of the sign-in");
  await tokens.getByText("Valid", { exact: true }).waitFor();
  await tokens.getByText("gina@example.com").first().waitFor();

  // Another client may offer it, too.
  const more = {
    AllowedOAuthFlows: ["code"],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ["openid"],
    CallbackURLs: ["http://localhost:3000/"],
  };
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "second" });
  const UserPoolId = UserPool.Id;
  await call(server, "CreateUserPoolClient", { UserPoolId, ClientName: "app", ...more });
  await call(server, "CreateIdentityProvider", {
    UserPoolId,
    ProviderName: "Google",
    ProviderType: "Google",
    ProviderDetails: { client_id: "a", client_secret: "b", authorize_scopes: "openid" },
    AttributeMapping: { email: "email" },
  });
  await open(`pool?pool=${UserPoolId}`);
  await button("Add it to one").click();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await button("by app").waitFor();
  assert.deepEqual(complaints, []);
});

test("the clock's steps and the demo can be copied", async () => {
  await open("");
  const clock = page.locator("#clock");
  await clock.locator("> summary").click();
  await clock.getByText("Copy as curl …").click();
  await clock.locator(".sheet .sheet").getByRole("button", { name: "+1 d" }).click();
  const line = await clipboard();
  assert.ok(line.startsWith(`curl -s -X POST ${server.url}/_mocknito/clock`), line);
  assert.ok(line.includes(`'{"advance":"1d"}'`), line);
  assert.deepEqual(complaints, []);
});

test("an address that is no page says so, and leads on", async () => {
  await open("nonsense");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await look(page, "missing");
  await page.getByRole("main").getByRole("link", { name: "Overview" }).click();
  await card("demo").waitFor();
  // Chromium tells of the status.
  assert.deepEqual(
    complaints.filter((text) => !text.includes("404")),
    [],
  );
});
