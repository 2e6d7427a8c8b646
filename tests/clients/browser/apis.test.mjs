// `get` and `post` of unmodified aws-amplify v6 in a page: with the ID token, which the app puts
// into the header, and signed with the credentials of an identity pool, which Amplify does by
// itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SHOP, SHOP_CLIENT, SHOP_IDENTITIES, startApis } from "../node/apis.mjs";
import { PASSWORD, callInPage, launchBrowser, openPage, serveApp } from "./support.mjs";

let apis, browser, app, page, complaints;
before(async () => {
  apis = await startApis();
  browser = await launchBrowser();
  app = await serveApp("apis_app.mjs");
  ({ page, complaints } = await openPage(browser));
  await page.goto(app.url);
  await page.waitForFunction(() => window.api);
  await page.evaluate((configuration) => window.Amplify.configure(configuration), {
    Auth: {
      Cognito: {
        userPoolId: SHOP,
        userPoolClientId: SHOP_CLIENT,
        userPoolEndpoint: apis.origin,
        identityPoolId: SHOP_IDENTITIES,
        identityPoolEndpoint: apis.origin,
      },
    },
    API: {
      REST: {
        shop: { endpoint: `${apis.origin}/_mocknito/apis/rest/prod`, region: "us-east-1" },
      },
    },
  });
  await callInPage(page, "auth", "signIn", { username: "ada", password: PASSWORD });
});
after(async () => {
  await browser?.close();
  await app?.stop();
  await apis?.stop();
});

const call = (method, path, options) =>
  callInPage(page, "api", method, { apiName: "shop", path, options });

test("with the ID token", async () => {
  const Authorization = await page.evaluate(async () => {
    const { tokens } = await window.auth.fetchAuthSession();
    return tokens.idToken.toString();
  });
  const headers = { Authorization };
  const got = await call("get", "/app/me", { headers, queryParams: { a: "b c" } });
  assert.equal(got.status, 200);
  assert.equal(got.body.username, "ada");
  assert.deepEqual(got.body.query, { a: "b c" });
  const posted = await call("post", "/app/me", { headers, body: { item: "tea" } });
  assert.equal(posted.status, 201);
  assert.deepEqual(posted.body.body, { item: "tea" });
  assert.deepEqual(complaints, []);
});

test("signed with the identity pool's credentials", async () => {
  const { identityId } = await callInPage(page, "auth", "fetchAuthSession");
  const got = await call("get", "/iam-node/7", { queryParams: { q: "a b+c/ü*" } });
  assert.equal(got.status, 200);
  assert.equal(got.body.identityId, identityId);
  assert.match(got.body.provider, new RegExp(`/${SHOP}:CognitoSignIn:`));
  const posted = await call("post", "/iam/me", { body: { item: "tea" } });
  assert.equal(posted.status, 201);
  assert.deepEqual(posted.body.body, { item: "tea" });
  assert.deepEqual(complaints, []);
});
