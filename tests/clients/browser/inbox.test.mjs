// A real browser at the inbox page: it waits for a message, shows it safely, and copies its code.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import {
  POOL,
  call,
  emptyInbox,
  launchBrowser,
  openPage,
  sentCode,
  startServer,
} from "./support.mjs";

let server, browser, page, complaints;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  let context;
  ({ context, page, complaints } = await openPage(browser));
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  page.on(
    "request",
    (request) =>
      new URL(request.url()).host === new URL(server.url).host ||
      /^(data|about):/.test(request.url()) ||
      complaints.push(`asks ${request.url()}`),
  );
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const invite = (pool, username, email) =>
  call(server, "AdminCreateUser", {
    UserPoolId: pool,
    Username: username,
    DesiredDeliveryMediums: ["EMAIL"],
    UserAttributes: [{ Name: "email", Value: email }],
  });

test("the page waits for a message and copies its code", async () => {
  await emptyInbox(server);
  await page.goto(`${server.url}/_mocknito/inbox`);
  await page.getByText("No messages yet.").waitFor();
  await page.getByText("Live").waitFor();

  await invite(POOL, "dora", "dora@example.com");
  const message = page.getByRole("article").filter({ hasText: "dora@example.com" });
  await message.waitFor();
  const code = await sentCode(server, "dora@example.com");
  assert.equal(await message.locator("output").textContent(), code);
  await page.getByRole("button", { name: "Copy the code for dora@example.com" }).click();
  await message.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);

  // The next one stands above it, and the page never was reloaded.
  await invite(POOL, "emil", "emil@example.com");
  await page.getByText("emil@example.com").first().waitFor();
  assert.match(await page.getByRole("article").first().textContent(), /emil@example\.com/);
  assert.deepEqual(complaints, []);
});

test("a mail's own markup is shown, but runs nothing and loads nothing", async (t) => {
  // Chromium may report a request that the policy then stops: what counts is who is reached.
  let reached = 0;
  const elsewhere = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  t.after(() => elsewhere.close());
  const picture = `http://127.0.0.1:${elsewhere.address().port}/x`;
  const evil =
    '<h1 style="color:green">Hello {username}</h1>' +
    '<script>parent.document.title="owned"</script>' +
    `<img src="${picture}" onerror="parent.document.title=1">` +
    '<a href="https://app.example.com/join?code={####}">Join</a>' +
    '<a href="javascript:alert(1)">Trap</a> {####}';
  const { UserPool } = await call(server, "CreateUserPool", {
    PoolName: "markup",
    AdminCreateUserConfig: {
      InviteMessageTemplate: {
        EmailMessage: evil,
        EmailSubject: "<b>Welcome</b> {username} {####}",
      },
    },
  });
  await invite(UserPool.Id, "fay", "fay@example.com");
  const message = page.getByRole("article").filter({ hasText: "fay@example.com" });
  await message.waitFor();
  assert.match(await message.getByRole("heading").textContent(), /^<b>Welcome<\/b> fay/);
  const inner = message.frameLocator("iframe").getByRole("heading", { name: "Hello fay" });
  await inner.waitFor();
  assert.equal(
    await inner.evaluate((heading) => getComputedStyle(heading).color),
    "rgb(0, 128, 0)",
  );
  const links = await message
    .locator(".links a")
    .evaluateAll((all) => all.map((link) => link.href));
  assert.equal(links.length, 1);
  assert.match(links[0], /^https:\/\/app\.example\.com\/join\?code=/);
  assert.match(await page.title(), /^Inbox/);
  assert.equal(reached, 0);
  const asked = complaints.filter((text) => /^asks /.test(text) && text !== `asks ${picture}`);
  assert.deepEqual(asked, []);
  complaints.length = 0;
});

test("messages are found by the filter and deleted by the button", async () => {
  await page.getByLabel("Filter").fill("emil");
  await page
    .getByRole("article")
    .filter({ hasText: "dora@example.com" })
    .waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("article").filter({ visible: true }).count(), 1);
  await page.getByRole("button", { name: "Clear the inbox" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
  await page.getByText("No messages yet.").waitFor();
  const { messages } = await (await fetch(`${server.url}/_mocknito/inbox`)).json();
  assert.deepEqual(messages, []);
  assert.deepEqual(complaints, []);
});
