// A real browser at the console: from the server's address to a token, with nothing else to go by.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE, look } from "./console_support.mjs";
import {
  CLIENT,
  PASSWORD,
  POOL,
  addUser,
  call,
  launchBrowser,
  openPage,
  startServer,
} from "./support.mjs";

let server, browser, context, page, complaints;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  ({ context, page, complaints } = await openPage(browser));
  page.setDefaultTimeout(10_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const at = (path) => `${server.url}${path}`;

async function signIn(Username) {
  const { AuthenticationResult } = await call(server, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: CLIENT,
    AuthParameters: { USERNAME: Username, PASSWORD },
  });
  return AuthenticationResult;
}

test("the server's address leads to the overview, with each client's values to copy", async () => {
  await page.goto(at("/"));
  assert.equal(page.url(), at("/_mocknito/"));
  const pool = page.getByRole("region", { name: "demo", exact: true });
  await pool.getByText(POOL, { exact: true }).waitFor();
  await look(page, "overview");

  await pool.getByText("demo-app").click();
  const snippet = pool.getByRole("tabpanel");
  await snippet.getByText("initiate-auth").waitFor();
  assert.match(await snippet.textContent(), /USERNAME=alice/);
  for (const name of ["boto3", "JavaScript SDK", "Amplify", "Auth.js", "Spring", "Go"]) {
    await pool.getByRole("tab", { name, exact: true }).click();
    assert.ok((await snippet.textContent()).includes(CLIENT), name);
  }
  // Tabs are left and right of each other for the keyboard, too.
  await page.keyboard.press("ArrowLeft");
  assert.equal(
    await pool.getByRole("tab", { name: "Spring" }).getAttribute("aria-selected"),
    "true",
  );
  await pool.getByRole("button", { name: "Copy the id of demo-app" }).click();
  assert.equal(await clipboard(), CLIENT);
  await look(page, "overview-client");
  assert.deepEqual(complaints, []);
});

test("a secret is shown when it is asked for, and copied with the snippet", async () => {
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: POOL,
    ClientName: "with-secret",
    GenerateSecret: true,
  });
  const secret = UserPoolClient.ClientSecret;
  // It appears by itself.
  await page.getByText("with-secret").click();
  await page.getByRole("button", { name: "Show the secret of with-secret" }).waitFor();
  assert.ok(!(await page.content()).includes(secret));
  await page.getByRole("button", { name: "Copy the snippet for AWS CLI" }).last().click();
  assert.ok((await clipboard()).includes(secret));
  await page.getByRole("button", { name: "Show the secret of with-secret" }).click();
  await page.getByText(secret, { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

test("signing in in the browser ends at the tokens, and the address forgets the code", async () => {
  await page.goto(at("/_mocknito/"));
  await page.getByRole("button", { name: "Sign in in the browser by demo-web" }).click();
  await page.waitForURL(/\/login\?/);
  await page.getByTestId("sign-in-as-alice").click();
  const tokens = page.getByRole("region", { name: "Tokens of the sign-in" });
  await tokens.getByText("Valid", { exact: true }).waitFor();
  assert.equal(page.url(), at("/_mocknito/tokens"));
  await look(page, "tokens-signed-in");
  await tokens.getByRole("tab", { name: "Access token" }).click();
  await tokens.getByText("GetUser and its like").waitFor();
  await tokens.getByText("Valid", { exact: true }).waitFor();
  await tokens.getByRole("tab", { name: "Refresh token" }).click();
  await tokens.getByText("A refresh token that this server sealed.").waitFor();
  // Nothing of it is kept for whoever reloads the page.
  await page.reload();
  await page.getByLabel("Paste a token").waitFor();
  assert.equal(await tokens.count(), 0);
  assert.deepEqual(complaints, []);
});

test("a code that this tab did not ask for is not used", async () => {
  const asked = [];
  const note = (request) => asked.push(new URL(request.url()).pathname);
  page.on("request", note);
  await page.goto(at("/_mocknito/tokens?code=somebodys&state=guessed"));
  await page.getByText("This is the end of a sign-in that this tab did not begin.").waitFor();
  assert.equal(page.url(), at("/_mocknito/tokens"));
  assert.ok(!asked.includes("/oauth2/token"));
  page.off("request", note);
  assert.deepEqual(complaints, []);
});

test("a token that is pasted is taken apart, and says why it is refused", async () => {
  const { AccessToken, IdToken, RefreshToken } = await signIn("alice");
  const result = page.locator("#result");
  const paste = async (text) => {
    await page.getByLabel("Paste a token").fill(text);
    await result.locator(".findings").first().waitFor();
  };
  await paste(`Authorization: Bearer ${AccessToken}`);
  await result.getByText("Valid", { exact: true }).waitFor();
  assert.match(await result.textContent(), /token_use.*Which kind of token this is/s);
  await look(page, "tokens-pasted");

  await paste(`${AccessToken.split(".").slice(0, 2).join(".")}.AAAA`);
  await result.getByText("One thing is wrong").waitFor();
  await paste("eyJ.no.token");
  await result.getByText("No token that can be read").waitFor();

  // Of another client, and of the wrong kind.
  await paste(IdToken);
  await result.getByText("Valid", { exact: true }).waitFor();
  await result.getByLabel("App client").selectOption("webclient00000000000000000");
  await result.getByText(`aud is ${CLIENT}`).waitFor();

  await call(server, "RevokeToken", { Token: RefreshToken, ClientId: CLIENT });
  await paste(AccessToken);
  await result.getByText("Its family was revoked at").waitFor();
  await look(page, "tokens-revoked");
  assert.deepEqual(complaints, []);
});

test("a clock that was moved or stopped is seen on every page", async () => {
  const clock = page.locator("#clock");
  await page.goto(at("/_mocknito/"));
  await clock.locator("> summary").click();
  await look(page, "clock");
  await page.getByRole("button", { name: "+1 h" }).click();
  await clock.locator("> summary").getByText("+1h").waitFor();
  await page.getByRole("button", { name: "Freeze" }).click();
  await clock.locator("> summary").getByText("frozen").waitFor();
  await look(page, "clock-frozen");
  const reading = await (await fetch(at("/_mocknito/clock"))).json();
  assert.equal(reading.frozen, true);
  for (const path of ["inbox", "tokens", "functions", "requests"]) {
    await page.goto(at(`/_mocknito/${path}`));
    await clock.locator("> summary").getByText("frozen").waitFor();
  }
  await clock.locator("> summary").click();
  await page.getByRole("button", { name: "Reset" }).click();
  await clock.locator("> summary").getByText("frozen").waitFor({ state: "hidden" });
  await page.keyboard.press("Escape");
  assert.equal(await clock.evaluate((menu) => menu.open), false);
  assert.deepEqual(complaints, []);
});

test("what a user is called is text everywhere", async () => {
  const [first, second, third] = HOSTILE;
  await addUser(server, POOL, "mallory", PASSWORD, {
    email: "mallory@example.com",
    name: first,
    given_name: second,
    family_name: third,
  });
  const { IdToken } = await signIn("mallory");
  await page.goto(at("/_mocknito/tokens"));
  await page.getByLabel("Paste a token").fill(IdToken);
  const result = page.locator("#result");
  await result.getByText("onerror").first().waitFor();
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.match(await page.title(), /^Tokens/);
  assert.deepEqual(complaints, []);
});

test("each action can be copied as a line for a shell", async () => {
  await page.goto(at("/_mocknito/inbox"));
  await page.getByText("Copy as …").click();
  await page.getByRole("button", { name: "curl" }).click();
  const line = await clipboard();
  assert.ok(line.startsWith(`curl -s -X GET ${server.url}/_mocknito/inbox`), line);
  assert.deepEqual(complaints, []);
});

test("a request that was refused says why, as it happens", async () => {
  await page.goto(at("/_mocknito/requests"));
  await page.getByText("Live").waitFor();
  const entry = (text) => page.getByRole("article").filter({ hasText: text });
  const wrong = "Wr0ng-Passw0rd!";
  const attempt = call(server, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: CLIENT,
    AuthParameters: { USERNAME: "bob", PASSWORD: wrong },
  });
  await assert.rejects(attempt, { name: "NotAuthorizedException" });
  const refused = entry("InitiateAuth").filter({ hasText: "bob" }).first();
  await refused.waitFor();
  await refused.locator("summary").click();
  await refused.getByText("Why:").waitFor();
  assert.ok(!(await page.content()).includes(wrong));
  await look(page, "requests-refused");

  await call(server, "SignUp", {
    ClientId: CLIENT,
    Username: "nora",
    Password: PASSWORD,
    UserAttributes: [{ Name: "email", Value: "nora@example.com" }],
  });
  const signUp = entry("SignUp").first();
  await signUp.getByText("1 message").waitFor();
  await page.getByLabel("Outcome").selectOption("refused");
  await signUp.waitFor({ state: "hidden" });
  await refused.waitFor();
  await page.getByLabel("Outcome").selectOption("");
  await signUp.waitFor();
  // What the console reads to show it is not what anybody asks about.
  const { requests } = await (await fetch(at("/_mocknito/requests?limit=1000"))).json();
  const operations = new Set(requests.map(({ operation }) => operation));
  assert.ok(!operations.has("DescribeUserPoolClient"), [...operations].join());
  assert.deepEqual(complaints, []);
});

test("what a run has used is told, and what it has not", async () => {
  await page.goto(at("/_mocknito/coverage"));
  const operations = page.getByRole("region", { name: "operations", exact: true });
  await operations.locator("summary").click();
  const named = (name) => operations.getByRole("listitem").filter({ hasText: name });
  await named(/^InitiateAuth\d+$/).waitFor();
  await look(page, "coverage");
  await page.getByLabel("What is unused only").check();
  await named(/^InitiateAuth/).waitFor({ state: "hidden" });
  await named(/^StartUserImportJob/).waitFor();
  assert.deepEqual(complaints, []);
});

test("an empty server offers the demo", async () => {
  await call(server, "DeleteUserPoolDomain", { UserPoolId: POOL, Domain: "mocknito-demo" });
  await call(server, "DeleteUserPool", { UserPoolId: POOL });
  await page.goto(at("/_mocknito/"));
  await page.getByText("No user pools yet").waitFor();
  await look(page, "overview-empty");
  await page.getByRole("button", { name: "Load the demo" }).click();
  await page.getByRole("region", { name: "demo", exact: true }).waitFor();
  await signIn("alice");
  assert.deepEqual(complaints, []);
});
