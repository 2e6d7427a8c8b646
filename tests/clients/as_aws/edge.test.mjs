// cognito-at-edge: CloudFront's viewer request, a sign-in at the pool's domain, and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Authenticator } from "cognito-at-edge";
import { textBrowser } from "../node/hosted.mjs";
import { CLIENT, DOMAIN, FOREIGN_CLIENT, PASSWORD, POOL, REGION, signIn } from "./support.mjs";

const HOST = "d111111abcdef8.cloudfront.net";
const authenticator = new Authenticator({
  region: REGION,
  userPoolId: POOL,
  userPoolAppId: CLIENT,
  userPoolDomain: DOMAIN,
});

function viewerRequest(uri, { querystring = "", cookie } = {}) {
  const headers = { host: [{ key: "Host", value: HOST }] };
  if (cookie) headers.cookie = [{ key: "Cookie", value: cookie }];
  const eventType = "viewer-request";
  const config = { distributionDomainName: HOST, distributionId: "E1", eventType };
  const request = { clientIp: "127.0.0.1", method: "GET", uri, querystring, headers };
  return { Records: [{ cf: { config, request } }] };
}

const header = (answer, name) => answer.headers[name].map(({ value }) => value);

test("cognito-at-edge leads to the pool's domain, exchanges the code, and lets in", async () => {
  const away = await authenticator.handle(viewerRequest("/private"));
  assert.equal(away.status, "302");
  const [authorize] = header(away, "location");
  assert.ok(authorize.startsWith(`https://${DOMAIN}/authorize?`), authorize);

  const back = new URL(await textBrowser().signIn(authorize, "alice", PASSWORD));
  assert.equal(back.origin, `https://${HOST}`);
  const querystring = back.search.slice(1);
  const signedIn = await authenticator.handle(viewerRequest("/", { querystring }));
  assert.equal(signedIn.status, "302", JSON.stringify(signedIn));
  assert.deepEqual(header(signedIn, "location"), [`https://${HOST}/private`]);

  const cookie = header(signedIn, "set-cookie")
    .map((line) => line.split(";")[0])
    .join("; ");
  const passed = await authenticator.handle(viewerRequest("/private", { cookie }));
  assert.equal(passed.status, undefined);
  assert.equal(passed.uri, "/private");
});

test("a foreign pool's token does not pass", async () => {
  const { IdToken } = await signIn(FOREIGN_CLIENT);
  const base = `CognitoIdentityServiceProvider.${CLIENT}`;
  const cookie = `${base}.LastAuthUser=alice; ${base}.alice.idToken=${IdToken}`;
  const answer = await authenticator.handle(viewerRequest("/private", { cookie }));
  assert.equal(answer.status, "302");
  assert.ok(header(answer, "location")[0].startsWith(`https://${DOMAIN}/authorize?`));
});
