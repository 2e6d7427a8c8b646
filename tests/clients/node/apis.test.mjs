// An Express app behind a REST API, an HTTP API and a load balancer, whose signature it checks by
// aws-jwt-verify's AlbJwtVerifier: all of them unmodified.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { SHOP_CLIENT, startApis } from "./apis.mjs";
import { textBrowser } from "./hosted.mjs";
import { PASSWORD } from "./support.mjs";

let apis, tokens;
before(async () => {
  apis = await startApis();
  const cognito = apis.server.client();
  const answer = await cognito.send(
    new InitiateAuthCommand({
      ClientId: SHOP_CLIENT,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ada", PASSWORD },
    }),
  );
  cognito.destroy();
  tokens = answer.AuthenticationResult;
});
after(() => apis?.stop());

function call(path, authorization, options = {}) {
  const headers = { ...options.headers, ...(authorization && { authorization }) };
  return fetch(`${apis.origin}/_mocknito/apis/${path}`, { ...options, headers });
}

const GATEWAYS = [
  ["rest/prod", 401, { message: "Unauthorized" }],
  ["http", 401, { message: "Unauthorized" }],
];

for (const [gateway, status, refusal] of GATEWAYS) {
  test(`an Express app behind ${gateway}`, async () => {
    const body = JSON.stringify({ item: "tea", note: "ü".repeat(100_000) });
    const answer = await call(`${gateway}/app/me?a=1&a=2`, `Bearer ${tokens.IdToken}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-mocknito-sub": "forged" },
      body,
    });
    assert.equal(answer.status, 201);
    const seen = await answer.json();
    const claims = JSON.parse(Buffer.from(tokens.IdToken.split(".")[1], "base64url"));
    assert.equal(seen.sub, claims.sub);
    assert.equal(seen.username, "ada");
    assert.deepEqual(seen.groups.sort(), ["admins", "buyers"]);
    assert.equal(seen.claims.email, "ada@example.com");
    assert.deepEqual(seen.query, { a: ["1", "2"] });
    assert.deepEqual(seen.body, JSON.parse(body));

    for (const authorization of [undefined, "Bearer x", `${tokens.IdToken}x`]) {
      const refused = await call(`${gateway}/app/me`, authorization);
      assert.equal(refused.status, status);
      assert.deepEqual(await refused.json(), refusal);
      assert.ok(refused.headers.get("x-mocknito-reason"));
    }
  });
}

test("an Express app behind a load balancer, whose signature it checks", async () => {
  const wanted = `${apis.origin}/_mocknito/apis/alb/app/signed-in?x=1`;
  const browser = textBrowser();
  const page = await browser.open(wanted);
  const done = await browser.submit(page, { username: "ada", password: PASSWORD });
  assert.equal(done.url, wanted);
  assert.equal(done.status, 200, done.html);
  const { claims, identity, accessToken } = JSON.parse(done.html);
  assert.equal(claims.email, "ada@example.com");
  assert.equal(claims.username, "ada");
  assert.equal(claims.sub, identity);

  // The access token is one that other gateways take.
  const scoped = await call("http/app/me", `Bearer ${accessToken}`);
  assert.equal((await scoped.json()).sub, identity);

  const forged = await fetch(wanted, {
    headers: { "x-amzn-oidc-data": "e30=.e30=.e30=", "x-amzn-oidc-identity": identity },
    redirect: "manual",
  });
  assert.equal(forged.status, 302);
  assert.match(forged.headers.get("location"), /\/oauth2\/authorize\?/);
});
