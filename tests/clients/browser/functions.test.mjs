// A real browser at the page of invocations: it waits for a function to be called, shows what it
// was given and gave, and takes nothing of it for markup.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { look } from "./console_support.mjs";
import { PASSWORD, call, launchBrowser, openPage, startServer } from "./support.mjs";

const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>';
const HANDLER = `
  exports.handler = async (event) => {
    if (event.userName === "mallory") throw new Error("Not you, <b>mallory</b>");
    event.response.autoConfirmUser = true;
    return event;
  };
`;

let server, browser, page, complaints, folder, pool, client;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mocknito-functions-"));
  const handler = join(folder, "sign_up.cjs");
  await writeFile(handler, HANDLER);
  server = await startServer("--trigger", `sign-up=${handler}`);
  const PreSignUp = "arn:aws:lambda:us-east-1:123456789012:function:sign-up";
  const { UserPool } = await call(server, "CreateUserPool", {
    PoolName: "requests",
    LambdaConfig: { PreSignUp },
  });
  pool = UserPool.Id;
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: pool,
    ClientName: "app",
  });
  client = UserPoolClient.ClientId;
  browser = await launchBrowser();
  ({ page, complaints } = await openPage(browser));
});
after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const signUp = (Username, name) =>
  call(server, "SignUp", {
    ClientId: client,
    Username,
    Password: PASSWORD,
    UserAttributes: [{ Name: "name", Value: name }],
  });
const entry = (text) => page.getByRole("article").filter({ hasText: text });

test("an invocation appears by itself, with its event and its answer", async () => {
  await page.goto(`${server.url}/_mocknito/functions`);
  await page.getByText("No function has been called yet.").waitFor();
  await page.getByText("Live").waitFor();
  await look(page, "functions-none");

  await signUp("alice", "Alice");
  const seen = entry("PreSignUp_SignUp");
  await seen.waitFor();
  await page
    .getByRole("status")
    .filter({ hasText: "PreSignUp was called" })
    .waitFor({ state: "attached" });
  assert.match(
    await seen.textContent(),
    new RegExp(`answered.*alice.*[\\d.]+ ms.*${pool}.*function:sign-up`, "s"),
  );
  await seen.locator("summary").click();
  const event = JSON.parse(await seen.locator(".event pre").textContent());
  assert.deepEqual(
    [event.userName, event.userPoolId, event.request.userAttributes.name],
    ["alice", pool, "Alice"],
  );
  assert.equal(
    JSON.parse(await seen.locator(".answer pre").textContent()).response.autoConfirmUser,
    true,
  );
  assert.ok(!(await page.content()).includes(PASSWORD));
  await look(page, "functions-one");
  assert.deepEqual(complaints, []);
});

test("a failure shows its reason, and markup is text everywhere", async () => {
  await assert.rejects(signUp("mallory", MARKUP), { name: "UserLambdaValidationException" });
  const failed = entry("Not you, <b>mallory</b>");
  await failed.waitFor();
  assert.equal(
    await page.getByRole("article").first().textContent(),
    await failed.textContent(),
    "the newest stands first",
  );
  await failed.locator("summary").click();
  assert.equal(
    JSON.parse(await failed.locator(".event pre").textContent()).request.userAttributes.name,
    MARKUP,
  );
  assert.equal(await failed.locator("img, script, b:not(summary b)").count(), 0);
  assert.equal(await failed.locator(".answer").count(), 0);
  assert.match(await page.title(), /^Functions/);
  await look(page, "functions-failed");
  assert.deepEqual(complaints, []);
});

test("entries are found by the filter, kept open, and deleted by the button", async () => {
  await page.getByLabel("Filter").fill("mallory");
  await entry('"alice"').waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("article").filter({ visible: true }).count(), 1);
  await page.getByLabel("Filter").fill("nobody");
  await page.getByText("Nothing matches the filter.").waitFor();
  await page.getByLabel("Filter").fill("");

  // What somebody reads does not close when the next one comes.
  await signUp("bob", "Bob");
  await page.getByRole("article").nth(2).waitFor();
  assert.ok(
    await entry("Not you")
      .locator("details")
      .evaluate((details) => details.open),
  );

  await page.getByRole("button", { name: "Clear the journal" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
  await page.getByText("No function has been called yet.").waitFor();
  const { requests } = await (await fetch(`${server.url}/_mocknito/functions`)).json();
  assert.deepEqual(requests, []);
  assert.deepEqual(complaints, []);
});
