// A real browser at the page of invocations: it waits for a function to be called, shows what it
// was given and gave, and takes nothing of it for markup. With SCREENSHOTS=<folder> the page is
// kept as pictures.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PASSWORD, call, launchBrowser, openPage, startServer } from "./support.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PICTURES = process.env.SCREENSHOTS;
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
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "mocknito-requests-"));
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

/** Holds the page against axe, light and dark, at a desk and on a phone. */
async function look(name) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries({
      desk: { width: 1280, height: 900 },
      phone: { width: 390, height: 844 },
    })) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      if (PICTURES)
        await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}-${size}.png` });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `${name} is wider than a ${size}`);
      // By the DevTools protocol: the page's own policy lets no script in.
      if (!(await page.evaluate(() => "axe" in window))) {
        const { readFile } = await import("node:fs/promises");
        await page.evaluate(await readFile(AXE, "utf8"));
      }
      const { violations } = await page.evaluate(() => window.axe.run());
      found.push(
        ...violations.map(
          (one) =>
            `${name} ${colorScheme} ${size}: ${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`,
        ),
      );
    }
  }
  assert.deepEqual(found, []);
}

test("an invocation appears by itself, with its event and its answer", async () => {
  await page.goto(`${server.url}/_mocknito/functions`);
  await page.getByText("No function has been called yet.").waitFor();
  await page.getByText("Live").waitFor();
  await look("requests-none");

  await signUp("alice", "Alice");
  const seen = entry("PreSignUp_SignUp");
  await seen.waitFor();
  await page
    .getByRole("status")
    .filter({ hasText: "PreSignUp was called" })
    .waitFor({ state: "attached" });
  assert.match(
    await seen.textContent(),
    new RegExp(`answered in [\\d.]+ ms.*From ${pool} for alice, to .*function:sign-up`, "s"),
  );
  await seen.getByText("Event", { exact: true }).click();
  const event = JSON.parse(await seen.locator(".event pre").textContent());
  assert.deepEqual(
    [event.userName, event.userPoolId, event.request.userAttributes.name],
    ["alice", pool, "Alice"],
  );
  await seen.getByText("Answer", { exact: true }).click();
  assert.equal(
    JSON.parse(await seen.locator(".answer pre").textContent()).response.autoConfirmUser,
    true,
  );
  assert.ok(!(await page.content()).includes(PASSWORD));
  await look("requests-one");
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
  await failed.getByText("Event", { exact: true }).click();
  assert.equal(
    JSON.parse(await failed.locator(".event pre").textContent()).request.userAttributes.name,
    MARKUP,
  );
  assert.equal(await failed.locator("img, script, b:not(.to b)").count(), 0);
  assert.equal(await failed.locator(".answer").count(), 0);
  assert.match(await page.title(), /^Functions/);
  await look("requests-failed");
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
  assert.ok(await entry("Not you").locator(".event").evaluate((details) => details.open));

  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Empty the journal" }).click();
  await page.getByText("No function has been called yet.").waitFor();
  const { requests } = await (await fetch(`${server.url}/_mocknito/functions`)).json();
  assert.deepEqual(requests, []);
  assert.deepEqual(complaints, []);
});
