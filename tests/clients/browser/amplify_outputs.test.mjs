// An app that is configured by the amplify_outputs.json that `mocknito export` writes: unmodified
// aws-amplify signs in with it, at the API and by the hosted pages.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { BINARY } from "../node/support.mjs";
import { openAmplify } from "./amplify.mjs";
import {
  CLIENT,
  PASSWORD,
  POOL,
  call,
  launchBrowser,
  openPage,
  serveApp,
  startServer,
} from "./support.mjs";

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser({ trust: server });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The file for this client. */
async function exported(client) {
  const { port } = new URL(server.url);
  const flags = ["--format", "amplify", "--user-pool-id", POOL, "--client-id", client];
  const { stdout } = await promisify(execFile)(BINARY, ["export", "--port", port, ...flags]);
  return JSON.parse(stdout);
}

test("an app that is configured by an exported file signs in", async () => {
  const outputs = await exported(CLIENT);
  const amplify = await openAmplify(browser, server, POOL, CLIENT, { outputs });
  const signIn = { username: "alice", password: PASSWORD };
  assert.equal((await amplify.auth("signIn", signIn)).isSignedIn, true);
  assert.equal((await amplify.claims())["cognito:username"], "alice");
  // The identity pool that takes the client's tokens came along.
  assert.match(outputs.auth.identity_pool_id, /^us-east-1:/);
  const { credentials, identityId } = await amplify.auth("fetchAuthSession");
  assert.ok(credentials.sessionToken);
  assert.match(identityId, /^us-east-1:/);
  // What Amplify knows of the pool, it knows by the file.
  const policy = await amplify.page.evaluate(
    () => window.Amplify.getConfig().Auth.Cognito.passwordFormat,
  );
  assert.equal(policy.minLength, outputs.auth.password_policy.min_length);
  assert.deepEqual(amplify.complaints, []);
  await amplify.stop();
});

test("the file leads to the hosted pages and back", async () => {
  const app = await serveApp("amplify_app.mjs");
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: POOL,
    ClientName: "app",
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    CallbackURLs: [`${app.url}/`],
    LogoutURLs: [`${app.url}/`],
    SupportedIdentityProviders: ["COGNITO"],
  });
  const outputs = await exported(UserPoolClient.ClientId);
  assert.match(outputs.auth.oauth.domain, /^mocknito-demo\.auth\.localhost:\d+$/);
  const { page, context, complaints } = await openPage(browser);
  const configure = async () => {
    await page.waitForFunction(() => window.auth);
    await page.evaluate((outputs) => {
      const parsed = window.parseAmplifyConfig(outputs);
      Object.assign(parsed.Auth.Cognito, outputs.custom.mocknito);
      window.Amplify.configure(parsed);
    }, outputs);
  };
  await page.goto(app.url);
  await configure();
  await page.evaluate(() => void window.auth.signInWithRedirect());
  await page.waitForURL(/\/login\?/);
  await page.fill('input[name="username"]', "alice");
  await page.fill('input[name="password"]', PASSWORD);
  await page.getByTestId("submit").click();
  await page.waitForURL((url) => url.origin === app.url);
  await configure();
  await page.waitForFunction(async () => (await window.auth.fetchAuthSession()).tokens);
  assert.equal((await page.evaluate(() => window.auth.getCurrentUser())).username, "alice");
  assert.deepEqual(complaints, []);
  await context.close();
  await app.stop();
});
