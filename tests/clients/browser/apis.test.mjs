// `get` and `post` of unmodified aws-amplify v6 in a page: with the ID token, which the app puts
// into the header, and signed with the credentials of an identity pool, which Amplify does by
// itself. And a browser that a load balancer at a host of its own takes to the pool's domain.

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

test("a load balancer at a host of its own, and the pool at its domain", async () => {
  const { page, context } = await openPage(browser, { ignoreHTTPSErrors: true });
  const host = `alb.execute-api.localhost:${apis.port}`;
  await page.goto(`http://${host}/app/signed-in?x=1`);
  assert.equal(new URL(page.url()).host, `shop-of-the-apis.auth.localhost:${apis.port}`);
  await page.fill("input[name=username]", "ada");
  await page.fill("input[name=password]", PASSWORD);
  await page.press("input[name=password]", "Enter");
  // A load balancer signs in by https.
  await page.waitForURL(`https://${host}/app/signed-in?x=1`);
  const { claims } = JSON.parse(await page.innerText("body"));
  assert.equal(claims.email, "ada@example.com");
  const cookies = await context.cookies(`https://${host}/`);
  const session = cookies.find(({ name }) => name === "AWSELBAuthSessionCookie-0");
  assert.deepEqual([session.domain, session.httpOnly], ["alb.execute-api.localhost", true]);
  assert.deepEqual(await context.cookies(`https://http.execute-api.localhost:${apis.port}/`), []);
  await context.close();
});
