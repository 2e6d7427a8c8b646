// openid-client v6, unmodified: a server-side app signs somebody in through the pages, refreshes,
// asks who it is, and signs out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as client from "openid-client";
import { textBrowser } from "./hosted.mjs";
import { PASSWORD, POOL, startServer } from "./support.mjs";

const WEB_CLIENT = "webclient00000000000000000";
const MACHINE = [
  "machineclient0000000000000",
  "machinesecret00000000000000000000000000000000000000",
];
const CALLBACK = "http://localhost:3000/callback";

let server, issuer;
before(async () => {
  server = await startServer();
  issuer = new URL(`${server.url}/${POOL}`.replace("127.0.0.1", "localhost"));
});
after(() => server?.stop());

/** What the library knows of the pool, by discovery alone. */
const discover = (id, authentication) =>
  client.discovery(issuer, id, undefined, authentication ?? client.None(), {
    execute: [client.allowInsecureRequests],
  });

/** An authorization request, and the checks that belong to it. */
async function begin(config, more = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid email profile",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url: url.href, checks };
}

test("a user signs in, is known, refreshed and revoked", async () => {
  const config = await discover(WEB_CLIENT);
  // As on AWS, discovery does not say that PKCE is supported; it is all the same.
  assert.ok(!config.serverMetadata().supportsPKCE());
  const browser = textBrowser();
  const { url, checks } = await begin(config);
  const back = await browser.signIn(url, "alice", PASSWORD);
  const tokens = await client.authorizationCodeGrant(config, new URL(back), checks);
  const claims = tokens.claims();
  assert.equal(claims["cognito:username"], "alice");
  assert.equal(claims.email, "alice@example.com");
  assert.equal(tokens.expires_in, 3600);

  const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(user.username, "alice");
  assert.equal(user.email_verified, "true");

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, claims.sub);
  assert.equal(refreshed.claims().auth_time, claims.auth_time);

  await client.tokenRevocation(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), {
    error: "invalid_grant",
  });
  await assert.rejects(client.fetchUserInfo(config, refreshed.access_token, claims.sub));
});

test("who is signed in is not asked again, until they sign out", async () => {
  const config = await discover(WEB_CLIENT);
  const browser = textBrowser();
  const first = await begin(config);
  await browser.signIn(first.url, "bob", PASSWORD);

  const silent = await begin(config, { prompt: "none" });
  const { url: back } = await browser.open(silent.url);
  const tokens = await client.authorizationCodeGrant(config, new URL(back), silent.checks);
  assert.equal(tokens.claims()["cognito:username"], "bob");

  const logout = new URL(config.serverMetadata().end_session_endpoint);
  logout.search = new URLSearchParams({
    client_id: WEB_CLIENT,
    logout_uri: "http://localhost:3000/",
  });
  assert.equal((await browser.open(logout.href)).url, "http://localhost:3000/");
  const again = await begin(config, { prompt: "none" });
  const { url: refused } = await browser.open(again.url);
  await assert.rejects(client.authorizationCodeGrant(config, new URL(refused), again.checks), {
    error: "login_required",
  });
});

test("a stolen, changed or repeated answer is worth nothing", async () => {
  const config = await discover(WEB_CLIENT);
  const { url, checks } = await begin(config);
  const back = new URL(await textBrowser().signIn(url, "alice", PASSWORD));
  // Somebody else's verifier.
  const stolen = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(client.authorizationCodeGrant(config, back, stolen), {
    error: "invalid_grant",
  });
  const changed = new URL(back);
  changed.searchParams.set("state", "other");
  await assert.rejects(client.authorizationCodeGrant(config, changed, checks));
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  await assert.rejects(client.authorizationCodeGrant(config, back, checks), {
    error: "invalid_grant",
  });
  // What the first one got lives on.
  await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
});

test("a machine gets a token, by both ways to show its secret", async () => {
  for (const authentication of [
    client.ClientSecretBasic(MACHINE[1]),
    client.ClientSecretPost(MACHINE[1]),
  ]) {
    const config = await discover(MACHINE[0], authentication);
    const scope = "https://api.example.com/read";
    const tokens = await client.clientCredentialsGrant(config, {
      scope,
      resource: "https://api.example.com",
    });
    const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
    assert.deepEqual(
      [claims.scope, claims.aud, claims.sub],
      [scope, "https://api.example.com", MACHINE[0]],
    );
  }
  const wrong = await discover(MACHINE[0], client.ClientSecretPost("wrong"));
  await assert.rejects(client.clientCredentialsGrant(wrong, {}), { error: "invalid_client" });
});
