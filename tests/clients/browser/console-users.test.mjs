// A real browser at the console's pages about users, pools and identity pools: every action is done
// there, and what came of it is asked of the API. With SCREENSHOTS=<folder> the pages are kept as
// pictures.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { look as lookAt } from "./console_support.mjs";
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

const MARKUP = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>';
const HOSTILE = "<img/src=x/onerror=document.title=1>";
const LONG = `${MARKUP} \u202eRTL \u0645\u0631\u062d\u0628\u0627 ${"w".repeat(2048)}`.slice(
  0,
  2048,
);

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

const open = (path) => page.goto(`${server.url}/_mocknito/${path}`);
const button = (name) => page.getByRole("button", { name, exact: true });
const card = (name) => page.getByRole("region", { name, exact: true });
const dialog = () => page.getByRole("dialog");
const get = (Username) => call(server, "AdminGetUser", { UserPoolId: POOL, Username });
const valueOf = (user, name) => user.UserAttributes.find(({ Name }) => Name === name)?.Value;

/** Fills in the dialog that is open, and sends it; it closes when that was done. */
async function send(action, fields = {}) {
  for (const [label, value] of Object.entries(fields)) {
    const field = dialog().getByLabel(label, { exact: true });
    if (typeof value === "boolean") await field.setChecked(value);
    else if (await field.evaluate((one) => one.tagName === "SELECT"))
      await field.selectOption(value);
    else await field.fill(value);
  }
  await dialog().getByRole("button", { name: action, exact: true }).click();
  await dialog().waitFor({ state: "detached" });
}

/** Something that is done in one of the page's menus. */
async function choose(menu, entry) {
  await page.locator("summary", { hasText: menu }).first().click();
  await button(entry).click();
}

const look = (name) => lookAt(page, name);

test("users are found by any of their names, by status and by group", async () => {
  await open("users");
  await page.getByRole("link", { name: "alice", exact: true }).waitFor();
  await look("users");
  await page.getByLabel("Find users").fill("BROWN");
  await page.getByRole("link", { name: "alice", exact: true }).waitFor({ state: "detached" });
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByLabel("How users are found").selectOption("cognito:user_status");
  await page.getByLabel("Find users").fill("force_change_password");
  await page.getByRole("link", { name: "carol", exact: true }).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByLabel("Find users").fill('nonsense " \\');
  await page.getByText("Nobody is like that").waitFor();
  await page.getByLabel("Find users").fill("");
  await page.getByRole("link", { name: "carol", exact: true }).waitFor();
  await page.getByLabel("Group").selectOption("admins");
  await page.getByRole("link", { name: "carol", exact: true }).waitFor({ state: "detached" });
  assert.deepEqual(await page.locator("tbody tr td:first-child").allTextContents(), ["alice"]);
  assert.deepEqual(complaints, []);
});

test("a user is created as the lines for a shell say, and signs in", async () => {
  await open("users");
  await button("Create user").click();
  await dialog().getByLabel("User name").fill("dora");
  await dialog().getByLabel("email").fill("dora@example.com");
  await dialog().getByLabel("in the group users").check();
  await dialog().getByText("As lines for a shell").click();
  const lines = await dialog().locator("pre").textContent();
  for (const part of [
    "cognito-idp admin-create-user",
    "--username dora",
    "admin-set-user-password",
    "--permanent",
    "admin-add-user-to-group",
  ]) {
    assert.ok(lines.includes(part), `${part}: ${lines}`);
  }
  await look("create");
  await dialog().getByLabel("Password").fill("short");
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  await dialog().getByRole("alert").filter({ hasText: "password" }).waitFor();
  // The first call was made, and is not made again.
  await send("Create", { Password: PASSWORD });
  await page.getByRole("heading", { name: "dora" }).waitFor();
  await page.getByText("CONFIRMED").waitFor();
  await card("Groups").getByText("users").waitFor();
  const signedIn = await call(server, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: CLIENT,
    AuthParameters: { USERNAME: "dora", PASSWORD },
  });
  assert.ok(signedIn.AuthenticationResult.AccessToken);
  complaints.splice(0); // Chromium reports the refusal.
});

test("attributes, groups, password and status are changed", async () => {
  await open(`users?user=dora`);
  await card("Attributes").getByRole("button", { name: "Edit" }).click();
  await send("Save", { email: "d@example.com", "Another attribute": "name", "Its value": LONG });
  await card("Attributes").getByText("d@example.com").waitFor();
  let user = await get("dora");
  assert.equal(valueOf(user, "email"), "d@example.com");
  assert.equal(valueOf(user, "name"), LONG);
  await look("user-long");
  await card("Attributes").getByRole("button", { name: "Edit" }).click();
  await send("Save", { name: "" });
  await card("Attributes").getByText("onerror").first().waitFor({ state: "detached" });
  assert.equal(valueOf(await get("dora"), "name"), undefined);

  await button("Add to a group").click();
  await send("Add", { Group: "admins" });
  await card("Groups").getByText("admins", { exact: true }).waitFor();
  await card("Groups").getByRole("button", { name: "Remove" }).first().click();
  await send("Remove");
  await card("Groups").getByText("admins", { exact: true }).waitFor({ state: "detached" });

  await choose("Actions", "Disable …");
  await send("Disable");
  await page.getByText("disabled", { exact: true }).waitFor();
  assert.equal((await get("dora")).Enabled, false);
  await choose("Actions", "Enable …");
  await send("Enable");
  await page.getByText("disabled", { exact: true }).waitFor({ state: "detached" });
  await choose("Actions", "Force a new password …");
  await send("Force");
  await page.getByText("FORCE_CHANGE_PASSWORD").waitFor();
  await choose("Actions", "Set a password …");
  await send("Set", { Password: "An0ther!One" });
  await page.getByText("CONFIRMED", { exact: true }).waitFor();
  assert.equal((await get("dora")).UserStatus, "CONFIRMED");
  await choose("Actions", "Mark the e-mail address as verified …");
  await send("Mark");
  await choose("Actions", "Reset the password …");
  await send("Reset the password");
  await page.getByText("RESET_REQUIRED").waitFor();
  await card("Messages to this user").getByText("password", { exact: false }).first().waitFor();
  assert.deepEqual(complaints, []);
});

test("an app's code counts, sign-ins are ended, tokens are given", async () => {
  await call(server, "SetUserPoolMfaConfig", {
    UserPoolId: POOL,
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await addUser(server, POOL, "erin", PASSWORD);
  const signIn = () =>
    call(server, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT,
      AuthParameters: { USERNAME: "erin", PASSWORD },
    });
  const { AuthenticationResult: tokens } = await signIn();
  const { AccessToken } = tokens;
  const { SecretCode } = await call(server, "AssociateSoftwareToken", { AccessToken });
  await call(server, "VerifySoftwareToken", { AccessToken, UserCode: totp(SecretCode, -1) });
  await open("users?user=erin");
  await card("MFA").getByText("Its code now").waitFor();
  await card("MFA").getByRole("button", { name: "Change" }).click();
  await send("Save", { "an authenticator app": true, Preferred: "SOFTWARE_TOKEN_MFA" });
  await card("MFA").getByText("an authenticator app").first().waitFor();
  await look("user-mfa");
  const asked = await signIn();
  assert.equal(asked.ChallengeName, "SOFTWARE_TOKEN_MFA");
  const done = await call(server, "RespondToAuthChallenge", {
    ClientId: CLIENT,
    ChallengeName: asked.ChallengeName,
    Session: asked.Session,
    ChallengeResponses: {
      USERNAME: "erin",
      SOFTWARE_TOKEN_MFA_CODE: await page.locator("#app-code").textContent(),
    },
  });
  assert.ok(done.AuthenticationResult.AccessToken);

  await open("users?user=erin");
  const ends = card("Sessions").getByRole("button", { name: "End", exact: true });
  await ends.first().waitFor();
  assert.equal(await ends.count(), 2);
  await ends.first().click();
  await send("End");
  await page.waitForFunction(() => document.querySelectorAll("tbody .small").length === 1);
  await button("End all").click();
  await send("End all");
  await page.getByText("Nobody is signed in as this user.").waitFor();
  await assert.rejects(call(server, "GetUser", { AccessToken }), {
    name: "NotAuthorizedException",
  });

  await button("Get tokens").click();
  await dialog().getByRole("button", { name: "Get tokens" }).click();
  await dialog().getByText("Claims").first().click();
  await dialog()
    .getByText(/"(cognito:)?username": "erin"/)
    .first()
    .waitFor();
  await send("Done");
  await button("Set risk").click();
  await send("Set", { Level: "High" });
  await page.getByText("risk High").waitFor();
  assert.deepEqual(complaints, []);
});

/** The code of an authenticator app (RFC 6238), so many steps from now. */
function totp(secret, steps) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret]
    .map((one) => alphabet.indexOf(one).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", key).update(step).digest();
  const number = tag.readUInt32BE(tag.at(-1) & 15) & 0x7fffffff;
  return `${number % 1_000_000}`.padStart(6, "0");
}

test("one signs in as a user in two clicks, and stops at MFA where one wants to", async () => {
  await page.route("http://localhost:3000/**", (route) => route.fulfill({ body: "callback" }));
  await open("users?user=alice");
  await button("Sign in as …").click();
  await dialog().getByRole("button", { name: "Open" }).click();
  await page.getByTestId("sign-in-as-alice").click();
  await page.waitForURL(/_mocknito\/tokens$/);
  await page.getByText("alice").first().waitFor();
  await open("users?user=erin");
  await button("Sign in as …").click();
  const ends = dialog().getByLabel("App client, and where it leads");
  await ends.selectOption({ label: "demo-web → http://localhost:3000/callback" });
  await dialog().getByRole("button", { name: "Open" }).click();
  await page.getByTestId("stop-at-mfa").check();
  await look("strip");
  await page.getByTestId("sign-in-as-erin").click();
  await page.getByTestId("code").fill(await page.getByTestId("app-code").textContent());
  await look("strip-code");
  await page.getByTestId("submit").click();
  await page.waitForURL(/localhost:3000.*code=/);
});

test("an address that is not registered is explained", async () => {
  const query = new URLSearchParams({
    client_id: "webclient00000000000000000",
    response_type: "code",
    redirect_uri: `http://localhost:3000/callback/${MARKUP}`,
  });
  await page.goto(`${server.url}/oauth2/authorize?${query}`);
  await page.getByTestId("difference").waitFor();
  assert.ok((await page.getByTestId("sent").textContent()).endsWith(MARKUP));
  assert.equal(await page.locator("aside img, aside script").count(), 0);
  await look("mismatch");
  complaints.splice(0); // Chromium reports the status.
});

test("hostile names are text everywhere, and who has them can be deleted", async () => {
  await addUser(server, POOL, HOSTILE, PASSWORD, { name: MARKUP, email: "x@example.com" });
  const GroupName = "<b>group</b>";
  await call(server, "CreateGroup", { UserPoolId: POOL, GroupName, Description: MARKUP });
  await call(server, "AdminAddUserToGroup", { UserPoolId: POOL, Username: HOSTILE, GroupName });
  await open("users");
  await page.getByRole("link", { name: HOSTILE }).waitFor();
  const main = page.locator("main");
  assert.equal(await main.locator("img, script, td b").count(), 0);
  await look("users-hostile");
  await page.getByRole("link", { name: HOSTILE }).click();
  await page.getByRole("heading", { name: HOSTILE }).waitFor();
  await card("Groups").getByText(GroupName).waitFor();
  assert.equal(await main.locator("img, script, b").count(), 0);
  await look("user-hostile");
  await open("pool");
  await card("Groups").getByText(GroupName).waitFor();
  assert.equal(await main.locator("img, script, b").count(), 0);
  await open(`users?user=${encodeURIComponent(HOSTILE)}`);
  await choose("Actions", "Delete …");
  await send("Delete");
  await page.waitForURL(/users\?pool=/);
  await page.getByRole("link", { name: "alice", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: HOSTILE }).count(), 0);
  await open(`users?user=${encodeURIComponent(HOSTILE)}`);
  await page.getByText("There is no such user").waitFor();
  assert.match(await page.title(), /^Users|Mocknito$/);
  complaints.splice(0); // Chromium reports the refusal.
});

test("a pool's settings are changed, and all others stay", async () => {
  const describe = async () => {
    const { UserPool } = await call(server, "DescribeUserPool", { UserPoolId: POOL });
    const { LastModifiedDate, EstimatedNumberOfUsers, ...rest } = UserPool;
    return rest;
  };
  const before = await describe();
  await open("pool");
  await card("Users and passwords").waitFor();
  await card("Domain").getByText("mocknito-demo").waitFor();
  await look("pool");
  await choose("Edit", "Password policy …");
  await send("Save", { "Shortest password": "9" });
  await page.getByText("9 characters or more").waitFor();
  const policy = { ...before.Policies.PasswordPolicy, MinimumLength: 9 };
  const Policies = { ...before.Policies, PasswordPolicy: policy };
  assert.deepEqual(await describe(), { ...before, Policies });
  const arn = "arn:aws:lambda:us-east-1:123456789012:function:pre";
  await choose("Edit", "Lambda triggers …");
  await send("Save", { PreSignUp: arn });
  await card("Sign-in").getByText(arn).waitFor();
  const LambdaConfig = { PreSignUp: arn };
  const changed = await describe();
  assert.deepEqual(changed, { ...before, Policies, LambdaConfig });
  await choose("Edit", "Lambda triggers …");
  await send("Save", { PreSignUp: "" });
  await card("Sign-in").getByText("No Lambda triggers.").waitFor();
  await choose("Edit", "MFA …");
  await send("Save", { "Asked for": "ON" });
  await card("Sign-in").getByText("everybody").waitFor();
  await choose("Edit", "Self-service sign-up …");
  await send("Save", { "Users may sign themselves up": false });
  await choose("Edit", "Deletion protection …");
  await send("Save", { "Refuse to delete this pool": true });
  await card("demo").getByText("on", { exact: true }).waitFor();
  const { MfaConfiguration, DeletionProtection, AdminCreateUserConfig } = await describe();
  assert.deepEqual(
    [MfaConfiguration, DeletionProtection, AdminCreateUserConfig.AllowAdminCreateUserOnly],
    ["ON", "ACTIVE", true],
  );
});

test("groups, clients and resource servers are created, changed and deleted", async () => {
  await open("pool");
  await button("Create a group").click();
  await send("Create", { Name: "staff", Precedence: "3" });
  const row = (name) => page.getByRole("row").filter({ hasText: name });
  await row("staff").getByRole("button", { name: "Edit" }).click();
  await send("Save", { Description: "Who works here" });
  await row("Who works here").waitFor();
  await row("staff").getByRole("button", { name: "Delete" }).click();
  await send("Delete");
  await row("staff").waitFor({ state: "detached" });

  await button("Create a client").click();
  await look("client");
  await send("Create", {
    Name: "made-here",
    "With a secret": true,
    "Hosted pages: the code grant": true,
    "Callback URLs": "http://localhost:3000/cb\nhttps://app.example.com/cb",
  });
  await row("made-here").getByRole("button", { name: "Edit" }).click();
  await send("Save", { Scopes: "openid phone" });
  const list = await call(server, "ListUserPoolClients", { UserPoolId: POOL, MaxResults: 60 });
  const { ClientId } = list.UserPoolClients.find(({ ClientName }) => ClientName === "made-here");
  const input = { UserPoolId: POOL, ClientId };
  const { UserPoolClient: client } = await call(server, "DescribeUserPoolClient", input);
  assert.deepEqual(client.AllowedOAuthScopes, ["openid", "phone"]);
  assert.equal(client.CallbackURLs.length, 2);
  await row("made-here").getByRole("button", { name: "Delete" }).click();
  await send("Delete");
  await row("made-here").waitFor({ state: "detached" });

  await button("Create a resource server").click();
  await send("Create", { Identifier: "https://api.made.example", Name: "Made" });
  await row("https://api.made.example").getByRole("button", { name: "Delete" }).click();
  await send("Delete");
  await row("https://api.made.example").waitFor({ state: "detached" });
});

test("a list is turned page by page, and an empty pool says what to do", async () => {
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "crowd" });
  await open(`users?pool=${UserPool.Id}`);
  await page.getByText("No users yet").waitFor();
  await look("users-none");
  for (let number = 0; number < 60; number += 1) {
    const Username = `user${String(number).padStart(3, "0")}`;
    const input = { UserPoolId: UserPool.Id, Username, MessageAction: "SUPPRESS" };
    await call(server, "AdminCreateUser", input);
  }
  // By itself.
  await page.getByText("(60)").waitFor({ timeout: 15_000 });
  await button("Next").click();
  await page.getByRole("link", { name: "user059" }).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 10);
  await button("Previous").click();
  await page.getByRole("link", { name: "user000" }).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 50);
});

test("devices, linked identities and sign-ins on record are shown, and taken away", async () => {
  const { UserPool } = await call(server, "CreateUserPool", {
    PoolName: "watched",
    UserPoolTier: "PLUS",
    UserPoolAddOns: { AdvancedSecurityMode: "AUDIT" },
    DeviceConfiguration: { DeviceOnlyRememberedOnUserPrompt: true },
  });
  const UserPoolId = UserPool.Id;
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId,
    ClientName: "app",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await call(server, "CreateIdentityProvider", {
    UserPoolId,
    ProviderName: "Google",
    ProviderType: "Google",
    ProviderDetails: { client_id: "a", client_secret: "b", authorize_scopes: "openid" },
    AttributeMapping: { email: "email" },
  });
  await addUser(server, UserPoolId, "frank", PASSWORD);
  const { AuthenticationResult: tokens } = await call(server, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: UserPoolClient.ClientId,
    AuthParameters: { USERNAME: "frank", PASSWORD },
  });
  await call(server, "ConfirmDevice", {
    AccessToken: tokens.AccessToken,
    DeviceKey: tokens.NewDeviceMetadata.DeviceKey,
    DeviceName: MARKUP,
    DeviceSecretVerifierConfig: {
      PasswordVerifier: Buffer.alloc(384, 7).toString("base64"),
      Salt: Buffer.alloc(16, 7).toString("base64"),
    },
  });
  await open(`users?pool=${UserPoolId}&user=frank`);
  await card("Authentication events").getByText("SignIn").first().waitFor();
  await card("Devices").getByText("onerror").waitFor();
  await button("Remember").click();
  await send("Save");
  await button("Do not remember").waitFor();
  await card("Linked identities").getByRole("button", { name: "Link" }).click();
  await send("Link", { Provider: "Google", "Its subject": "1234<b>" });
  await card("Linked identities").getByText("1234<b>").waitFor();
  await look("user-watched");
  await button("Unlink").click();
  await send("Unlink");
  await card("Linked identities").getByText("None.").waitFor();
  await button("Forget").click();
  await send("Forget");
  await card("Devices").getByText("None.").waitFor();
  await open(`pool?pool=${UserPoolId}`);
  const none = "no client has the authorization code grant";
  await card("Identity providers").getByText(none).waitFor();
  assert.equal(await page.locator("main").locator("img, script, b").count(), 0);
});

test("identity pools show who got credentials", async () => {
  await open("identity-pools");
  await page.getByText("None yet. GetId makes one.").waitFor();
  const answer = await fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityService.GetId",
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-identity/aws4_request, " +
        "SignedHeaders=host, Signature=00",
    },
    body: JSON.stringify({ IdentityPoolId: "us-east-1:11111111-2222-4333-8444-555555555555" }),
  });
  assert.equal(answer.status, 200);
  await page.reload();
  await page.getByText("guest", { exact: true }).waitFor();
  await look("identity");
  await button("Credentials").click();
  await dialog().getByRole("button", { name: "Get them" }).click();
  await dialog().getByText("Session token").waitFor();
  await send("Done");
  await button("Delete").click();
  await send("Delete");
  await page.getByText("None yet. GetId makes one.").waitFor();
});

test("an API behind the gateway is shown, and tried with a token", async () => {
  const fixtures = fileURLToPath(new URL("../../../fixtures/shop-api.yaml", import.meta.url));
  const shop = await startServer("--fixtures", fixtures);
  try {
    await page.goto(`${shop.url}/_mocknito/apis`);
    await card("shop").getByText("GET /orders/{id}").waitFor();
    await look("apis");
    await page.getByLabel("Path", { exact: true }).fill("/orders/7");
    const client = page.getByLabel("App client");
    await client.selectOption({ label: "shop · web" });
    await button("Call").click();
    await page.getByText('"order":"7","of":"ann"').waitFor({ timeout: 20_000 });
    await card("shop").getByText("Copy as curl …").click();
    await button("This call, with a token").click();
    await page.getByText("Copied as curl").waitFor();
    await page.getByLabel("Token").selectOption("");
    await button("Call").click();
    await page.getByText("401").waitFor();
    complaints.splice(0); // Chromium reports the refusal.
  } finally {
    await page.goto("about:blank");
    await shop.stop();
  }
});
