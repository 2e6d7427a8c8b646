// Somebody who was told nothing but the server's address: creates a user, signs in as it, finds out
// why a sign-in failed, and reads a token. Everything is found by what the pages say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, launchBrowser, openPage, startServer } from "./support.mjs";

let server, browser, page, complaints;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  ({ page, complaints } = await openPage(browser));
  page.setDefaultTimeout(10_000);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const navigate = (name) =>
  page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
const button = (name) => page.getByRole("button", { name, exact: true });

async function signIn(password) {
  await navigate("Overview");
  await button("Sign in in the browser by demo-web").click();
  await page.getByTestId("username").fill("zoe");
  // Pages may ask for the name first.
  if (!(await page.getByTestId("password").count())) await page.getByTestId("submit").click();
  await page.getByTestId("password").fill(password);
  await page.getByTestId("submit").click();
}

test("from the address to a token", async () => {
  await page.goto(server.url);
  await page.getByRole("heading", { name: "Overview" }).waitFor();

  await navigate("Users");
  await button("Create user").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("zoe");
  await dialog.getByLabel("email").fill("zoe@example.com");
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name: "zoe" }).waitFor();

  await signIn("Wr0ng-Passw0rd!");
  await page.getByTestId("error").waitFor();

  await page.goto(server.url);
  await navigate("Requests");
  await page.getByLabel("Outcome").selectOption("refused");
  const refused = page.getByRole("article").filter({ hasText: "zoe" }).first();
  await refused.locator("summary").click();
  const why = await refused.locator(".note", { hasText: "Why:" }).textContent();
  assert.match(why, /password/i);

  await signIn(PASSWORD);
  const tokens = page.getByRole("region", { name: "Tokens of the sign-in" });
  await tokens.getByText("Valid", { exact: true }).waitFor();
  await tokens.getByRole("cell", { name: "zoe@example.com" }).waitFor();
  assert.deepEqual(
    complaints.filter((text) => !text.includes("400")),
    [],
  );
});
