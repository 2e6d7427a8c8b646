// jose and aws-jwt-verify at tokens with defects and at a rotation of keys, and
// amazon-cognito-identity-js at the copy of a pool.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
} from "amazon-cognito-identity-js";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { CLIENT, PASSWORD, POOL, documents, own, startServer } from "./support.mjs";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const mint = (more = {}) =>
  own(server, "tokens", { client_id: CLIENT, username: "alice", ...more });

// Of jose by its code, of aws-jwt-verify by the name of its error.
const REFUSED_AS = {
  signature: ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JwtInvalidSignatureError"],
  expired: ["ERR_JWT_EXPIRED", "JwtExpiredError"],
  not_yet_valid: ["ERR_JWT_CLAIM_VALIDATION_FAILED", "JwtNotBeforeError"],
  issuer: ["ERR_JWT_CLAIM_VALIDATION_FAILED", "JwtInvalidIssuerError"],
  audience: ["ERR_JWT_CLAIM_VALIDATION_FAILED", "JwtInvalidAudienceError"],
  kid: ["ERR_JWKS_NO_MATCHING_KEY", "JwtInvalidSignatureAlgorithmError|KidNotFound|JwksNot|Error"],
  alg_none: ["ERR_JOSE_ALG_NOT_ALLOWED|ERR_JWS_INVALID|ERR_JOSE_NOT_SUPPORTED", "Error"],
  alg_hs256: ["ERR_JOSE_ALG_NOT_ALLOWED|ERR_JOSE_NOT_SUPPORTED", "Error"],
  other_pool: ["ERR_JWKS_NO_MATCHING_KEY", "Error"],
  truncated: ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED|ERR_JWS_INVALID", "Error"],
};

/** jose as its documentation shows it. */
function jose(issuer, jwks_uri, options) {
  const keys = createRemoteJWKSet(new URL(jwks_uri), options);
  return (token) => jwtVerify(token, keys, { issuer, audience: CLIENT });
}

test("jose and aws-jwt-verify refuse each defect, and take a good token", async () => {
  const { discovery, jwks } = await documents(server);
  const ofJose = jose(discovery.issuer, discovery.jwks_uri);
  const ofAws = JwtVerifier.create({
    issuer: discovery.issuer,
    jwksUri: discovery.jwks_uri,
    audience: CLIENT,
  });
  ofAws.cacheJwks(jwks);
  const good = (await mint()).IdToken;
  assert.equal((await ofJose(good)).payload.token_use, "id");
  assert.equal((await ofAws.verify(good)).token_use, "id");
  for (const [defect, [code, name]] of Object.entries(REFUSED_AS)) {
    const bad = (await mint({ defect })).IdToken;
    await assert.rejects(
      ofJose(bad),
      (error) => error instanceof errors.JOSEError && new RegExp(`^(${code})$`).test(error.code),
      `jose: ${defect}`,
    );
    await assert.rejects(
      ofAws.verify(bad),
      (error) => new RegExp(name).test(error.constructor.name),
      `aws-jwt-verify: ${defect}`,
    );
  }
});

test("aws-jwt-verify sees the wrong use of a token", async (t) => {
  const aws = await startServer("--issuer", "aws");
  t.after(() => aws.stop());
  const { jwks } = await documents(aws);
  const verifier = CognitoJwtVerifier.create({
    userPoolId: POOL,
    tokenUse: "id",
    clientId: CLIENT,
  });
  verifier.cacheJwks(jwks);
  const asked = { client_id: CLIENT, username: "alice" };
  await verifier.verify((await own(aws, "tokens", asked)).IdToken);
  const bad = await own(aws, "tokens", { ...asked, defect: "token_use" });
  await assert.rejects(verifier.verify(bad.IdToken), /Token use/);
});

test("jose follows a rotation, and a kept key set refuses what it does not know", async (t) => {
  const rotating = await startServer();
  t.after(() => rotating.stop());
  const { discovery, jwks } = await documents(rotating);
  const verify = jose(discovery.issuer, discovery.jwks_uri, { cooldownDuration: 0 });
  const kept = JwtVerifier.create({
    issuer: discovery.issuer,
    jwksUri: discovery.jwks_uri,
    audience: CLIENT,
  });
  kept.cacheJwks(jwks);
  const asked = { client_id: CLIENT, username: "alice" };
  const old = (await own(rotating, "tokens", asked)).IdToken;
  await verify(old);
  await own(rotating, "keys", { user_pool_id: POOL, action: "rotate" });
  const fresh = (await own(rotating, "tokens", asked)).IdToken;
  await verify(fresh);
  await verify(old);
  await kept.verify(old);
  await assert.rejects(kept.verify(fresh));
  kept.cacheJwks((await documents(rotating)).jwks);
  await kept.verify(fresh);
  await own(rotating, "keys", { user_pool_id: POOL, action: "retire" });
  const after = jose(discovery.issuer, discovery.jwks_uri);
  await after(fresh);
  await assert.rejects(after(old), { code: "ERR_JWKS_NO_MATCHING_KEY" });
});

test("amazon-cognito-identity-js signs in at a copy by SRP", async () => {
  const copy = await own(server, `pools/${POOL}/copy`);
  const client = copy.clients.find((one) => one.copy_of === CLIENT).client_id;
  const pool = new CognitoUserPool({
    UserPoolId: copy.user_pool_id,
    ClientId: client,
    endpoint: server.url,
  });
  const signIn = (Password) =>
    new Promise((resolve, reject) =>
      new CognitoUser({ Username: "alice", Pool: pool }).authenticateUser(
        new AuthenticationDetails({ Username: "alice", Password }),
        { onSuccess: resolve, onFailure: reject },
      ),
    );
  const session = await signIn(PASSWORD);
  assert.equal(session.getIdToken().payload["cognito:username"], "alice");
  assert.equal(session.getIdToken().payload.aud, client);
  await assert.rejects(signIn("Wr0ng-password"), { code: "NotAuthorizedException" });
});
