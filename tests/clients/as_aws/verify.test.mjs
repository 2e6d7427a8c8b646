// aws-jwt-verify's CognitoJwtVerifier computes issuer and keys' address from the pool's id.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { CLIENT, FOREIGN_CLIENT, ISSUER, POOL, signIn } from "./support.mjs";

test("CognitoJwtVerifier takes the pool's tokens and no other's", async () => {
  const verifier = CognitoJwtVerifier.create({
    userPoolId: POOL,
    clientId: CLIENT,
    tokenUse: "access",
  });
  const { AccessToken, IdToken } = await signIn(CLIENT);
  const claims = await verifier.verify(AccessToken);
  assert.equal(claims.iss, ISSUER);
  assert.equal(claims.username, "alice");
  await assert.rejects(verifier.verify(IdToken), /Token use/);
  const foreign = await signIn(FOREIGN_CLIENT);
  await assert.rejects(verifier.verify(foreign.AccessToken));
});

test("an UPDATED issuer is verified at its own name", async () => {
  const userPoolId = "us-east-1_Updated01";
  const clientId = "updatedclient0000000000000";
  const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: "access" });
  const { AccessToken } = await signIn(clientId);
  const claims = await verifier.verify(AccessToken);
  assert.equal(claims.iss, `https://issuer-cognito-idp.us-east-1.amazonaws.com/${userPoolId}`);
});
