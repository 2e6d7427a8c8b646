// Unmodified amazon-cognito-identity-js in a page: sign-in by SRP, a session that is refreshed, a
// device that is remembered and one that is forgotten, a forgotten password, a sign-out everywhere.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CLIENT,
  PASSWORD,
  POOL,
  addUser,
  call,
  callInPage,
  emptyInbox,
  launchBrowser,
  openPage,
  sentCode,
  serveApp,
  startServer,
} from "./support.mjs";

const NEW = "Another-Passw0rd";

let server, browser, app;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  app = await serveApp("identity_js_app.mjs");
  await addUser(server, POOL, "ida", PASSWORD, {
    email: "ida@example.com",
    email_verified: "true",
  });
});
after(async () => {
  await app?.stop();
  await browser?.close();
  await server?.stop();
});

/** A page of the app in a browser profile of its own. `sent` are the operations it has called. */
async function openApp(UserPoolId = POOL, ClientId = CLIENT) {
  const { page, context } = await openPage(browser);
  const sent = [];
  page.on("request", (request) => {
    const target = request.headers()["x-amz-target"];
    if (target) sent.push({ operation: target.split(".")[1], input: request.postDataJSON() });
  });
  const endpoint = server.url.replace("127.0.0.1", "localhost");
  const load = async () => {
    await page.goto(app.url);
    await page.waitForFunction(() => window.identity);
    await page.evaluate((data) => window.identity.configure(data), {
      UserPoolId,
      ClientId,
      endpoint,
    });
  };
  await load();
  return {
    page,
    sent,
    load,
    /** Calls one of the app's functions; a refusal is thrown with the code that it has there. */
    do: (name, input) => callInPage(page, "identity", name, input),
    stop: () => context.close(),
  };
}

/** A pool that remembers devices when the user says so, a client, and `ada` in it. */
async function trackingPool() {
  const { UserPool } = await call(server, "CreateUserPool", {
    PoolName: "devices",
    DeviceConfiguration: {
      ChallengeRequiredOnNewDevice: true,
      DeviceOnlyRememberedOnUserPrompt: true,
    },
  });
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "app",
    ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await addUser(server, UserPool.Id, "ada", PASSWORD);
  return [UserPool.Id, UserPoolClient.ClientId];
}

test("a session is kept by the browser and refreshed with a device key of null", async () => {
  const app = await openApp();
  const wrong = { username: "ida", password: "Wrong-Passw0rd" };
  await assert.rejects(app.do("signIn", wrong), { code: "NotAuthorizedException" });
  const { claims } = await app.do("signIn", { username: "ida", password: PASSWORD });
  assert.equal(claims.email, "ida@example.com");
  assert(app.sent.every(({ input }) => !JSON.stringify(input).includes(PASSWORD)));

  await app.load();
  assert.equal((await app.do("comeBack")).sub, claims.sub);
  assert.equal((await app.do("attributes")).email_verified, "true");
  const refreshed = await app.do("refresh");
  assert.equal(refreshed.isNew, true);
  assert.equal(refreshed.claims.sub, claims.sub);
  const request = app.sent.findLast(({ input }) => input.AuthFlow === "REFRESH_TOKEN_AUTH");
  assert.equal(request.input.AuthParameters.DEVICE_KEY, null, "as the library sends it");

  await app.do("signOut");
  await app.load();
  assert.equal(await app.do("comeBack"), null);
  await app.stop();
});

test("a device that is remembered shows itself, and a forgotten one is a new one", async () => {
  const [pool, client] = await trackingPool();
  const app = await openApp(pool, client);
  const ada = { username: "ada", password: PASSWORD };
  const challenges = () =>
    app.sent
      .splice(0)
      .map(({ input }) => input.ChallengeName)
      .filter(Boolean);

  assert.equal((await app.do("signIn", ada)).asksToRemember, true);
  await app.do("rememberDevice");
  const [first] = await app.do("devices");
  assert.deepEqual(challenges(), ["PASSWORD_VERIFIER"]);
  await app.do("signOut");

  assert.equal((await app.do("signIn", ada)).asksToRemember, false);
  const all = ["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"];
  assert.deepEqual(challenges(), all);
  assert.equal((await app.do("refresh")).isNew, true);
  const refresh = app.sent.findLast(({ input }) => input.AuthFlow === "REFRESH_TOKEN_AUTH");
  assert.equal(refresh.input.AuthParameters.DEVICE_KEY, first);
  assert.deepEqual(await app.do("devices"), [first]);
  await app.do("signOut");

  // Forgotten behind the browser's back: the library asks again without it.
  await call(server, "AdminForgetDevice", {
    UserPoolId: pool,
    Username: "ada",
    DeviceKey: first,
  });
  app.sent.splice(0);
  assert.equal((await app.do("signIn", ada)).asksToRemember, true);
  const keys = app.sent
    .filter(({ input }) => input.ChallengeName === "PASSWORD_VERIFIER")
    .map(({ input }) => input.ChallengeResponses.DEVICE_KEY);
  assert.deepEqual(keys, [first, null]);
  const [second] = await app.do("devices");
  assert.notEqual(second, first);

  // Forgotten by the user.
  await app.do("forgetDevice");
  await app.do("signOut");
  assert.equal((await app.do("signIn", ada)).asksToRemember, true);
  assert(!(await app.do("devices")).includes(second));
  await app.stop();
});

test("a forgotten password is replaced by the code in the inbox", async () => {
  const app = await openApp();
  await emptyInbox(server);
  assert.deepEqual(await app.do("forgotPassword", { username: "ida" }), {
    AttributeName: "email",
    DeliveryMedium: "EMAIL",
    Destination: "i***@e***",
  });
  const code = await sentCode(server, "ida@example.com");
  const wrong = { code: code === "000000" ? "111111" : "000000", password: NEW };
  await assert.rejects(app.do("confirmPassword", wrong), { code: "CodeMismatchException" });
  await app.do("confirmPassword", { code, password: NEW });
  const old = { username: "ida", password: PASSWORD };
  await assert.rejects(app.do("signIn", old), { code: "NotAuthorizedException" });
  await app.do("signIn", { ...old, password: NEW });
  await app.stop();
  await call(server, "AdminSetUserPassword", {
    UserPoolId: POOL,
    Username: "ida",
    Password: PASSWORD,
    Permanent: true,
  });
});

test("a sign-out everywhere ends the sessions of all browsers", async () => {
  const ida = { username: "ida", password: PASSWORD };
  const [here, elsewhere] = [await openApp(), await openApp()];
  await here.do("signIn", ida);
  await elsewhere.do("signIn", ida);
  await elsewhere.do("refresh");
  await here.do("globalSignOut");
  await here.load();
  assert.equal(await here.do("comeBack"), null);
  await assert.rejects(elsewhere.do("attributes"), { code: "NotAuthorizedException" });
  await assert.rejects(elsewhere.do("refresh"), { code: "NotAuthorizedException" });
  await Promise.all([here.stop(), elsewhere.stop()]);
});
