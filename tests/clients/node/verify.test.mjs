// aws-jwt-verify with all of its checks on: the library as it is, given the keys beforehand since
// it fetches over https alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidGroupError,
  CognitoJwtInvalidTokenUseError,
  JwtInvalidIssuerError,
  JwtInvalidScopeError,
  JwtInvalidSignatureError,
} from "aws-jwt-verify/error";
import { CLIENT, PASSWORD, POOL, documents, startServer } from "./support.mjs";

const SCOPE = "aws.cognito.signin.user.admin";

async function tokensOf(server, username) {
  const cognito = server.client();
  const answer = await cognito.send(
    new InitiateAuthCommand({
      ClientId: CLIENT,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: username, PASSWORD: PASSWORD },
    }),
  );
  const refreshed = await cognito.send(
    new GetTokensFromRefreshTokenCommand({
      ClientId: CLIENT,
      RefreshToken: answer.AuthenticationResult.RefreshToken,
    }),
  );
  cognito.destroy();
  return { ...answer.AuthenticationResult, refreshed: refreshed.AuthenticationResult };
}

/** The same token with one claim changed and the signature kept. */
function altered(token, changes) {
  const [header, payload, signature] = token.split(".");
  const claims = { ...JSON.parse(Buffer.from(payload, "base64url")), ...changes };
  return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
}

test("the generic verifier, with issuer and keys from discovery", async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const { discovery, jwks } = await documents(server);
  const verifier = (more) => {
    const made = JwtVerifier.create({
      issuer: discovery.issuer,
      jwksUri: discovery.jwks_uri,
      ...more,
    });
    made.cacheJwks(jwks);
    return made;
  };
  const tokens = await tokensOf(server, "alice");

  for (const { IdToken, AccessToken } of [tokens, tokens.refreshed]) {
    const identity = await verifier({ audience: CLIENT }).verify(IdToken);
    assert.equal(identity.token_use, "id");
    const access = await verifier({ audience: null, scope: [SCOPE] }).verify(AccessToken);
    assert.equal(access.client_id, CLIENT);
  }

  const strict = verifier({ audience: CLIENT });
  await assert.rejects(
    strict.verify(altered(tokens.IdToken, { email: "mallory@example.com" })),
    JwtInvalidSignatureError,
  );
  const elsewhere = JwtVerifier.create({
    issuer: "http://elsewhere",
    jwksUri: "http://elsewhere/jwks",
    audience: CLIENT,
  });
  elsewhere.cacheJwks(jwks);
  await assert.rejects(elsewhere.verify(tokens.IdToken), JwtInvalidIssuerError);
});

test("Cognito's verifier, which computes the issuer from the pool id", async (t) => {
  const server = await startServer("--issuer", "aws");
  t.after(() => server.stop());
  const jwks = await (await fetch(`${server.url}/${POOL}/.well-known/jwks.json`)).json();
  const verifier = (tokenUse, more) => {
    const made = CognitoJwtVerifier.create({
      userPoolId: POOL,
      tokenUse,
      clientId: CLIENT,
      ...more,
    });
    made.cacheJwks(jwks);
    return made;
  };
  const tokens = await tokensOf(server, "alice");

  for (const { IdToken, AccessToken } of [tokens, tokens.refreshed]) {
    const identity = await verifier("id", { groups: ["admins"] }).verify(IdToken);
    assert.equal(identity["cognito:username"], "alice");
    assert.equal(identity.email_verified, true);
    const access = await verifier("access", { groups: "users", scope: SCOPE }).verify(AccessToken);
    assert.equal(access.username, "alice");
  }

  const bob = await tokensOf(server, "bob");
  for (const [checks, token, error] of [
    [["id"], tokens.AccessToken, CognitoJwtInvalidTokenUseError],
    [["access"], tokens.IdToken, CognitoJwtInvalidTokenUseError],
    [["id", { clientId: "anotherclient" }], tokens.IdToken, CognitoJwtInvalidClientIdError],
    [["access", { clientId: "anotherclient" }], tokens.AccessToken, CognitoJwtInvalidClientIdError],
    [["access", { scope: "openid" }], tokens.AccessToken, JwtInvalidScopeError],
    [["id", { groups: ["admins"] }], bob.IdToken, CognitoJwtInvalidGroupError],
    [
      ["access"],
      altered(bob.AccessToken, { "cognito:groups": ["admins"] }),
      JwtInvalidSignatureError,
    ],
  ]) {
    await assert.rejects(verifier(...checks).verify(token), error);
  }
});
