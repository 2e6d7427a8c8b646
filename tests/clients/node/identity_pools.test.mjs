// Identity pools as the SDK for JavaScript, Amplify in Node and jose use them: guests, people who
// signed in, and what their credentials are good for.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CognitoIdentityClient,
  GetIdCommand,
  GetOpenIdTokenCommand,
} from "@aws-sdk/client-cognito-identity";
import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromCognitoIdentity, fromCognitoIdentityPool } from "@aws-sdk/credential-providers";
import { Amplify } from "aws-amplify";
import { fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { CLIENT, PASSWORD, POOL, startServer } from "./support.mjs";

const IDENTITY_POOL = "us-east-1:11111111-2222-4333-8444-555555555555";
const PROVIDER = `cognito-idp.us-east-1.amazonaws.com/${POOL}`;
const USER_ROLE = "arn:aws:iam::123456789012:role/demo-user";
const USER_SESSION = "arn:aws:sts::123456789012:assumed-role/demo-user/CognitoIdentityCredentials";
const GUEST_SESSION =
  "arn:aws:sts::123456789012:assumed-role/demo-guest/CognitoIdentityCredentials";

let server, clientConfig;
before(async () => {
  server = await startServer();
  clientConfig = { endpoint: server.url, region: "us-east-1" };
});
after(() => server?.stop());

async function idToken(USERNAME) {
  const { AuthenticationResult } = await server.client().send(
    new InitiateAuthCommand({
      ClientId: CLIENT,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME, PASSWORD },
    }),
  );
  return AuthenticationResult.IdToken;
}

/** The ARN of whoever has these credentials. */
async function caller(credentials) {
  const sts = new STSClient({ ...clientConfig, credentials, maxAttempts: 1 });
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
}

const whose = async ({ accessKeyId }) =>
  (await fetch(`${server.url}/_mocknito/credentials/${accessKeyId}`)).json();

test("fromCognitoIdentityPool gives a user and a guest credentials of their own", async () => {
  const logins = { [PROVIDER]: () => idToken("alice") };
  const user = await fromCognitoIdentityPool({
    identityPoolId: IDENTITY_POOL,
    logins,
    clientConfig,
  })();
  assert.match(user.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.ok(user.expiration - Date.now() > 3_500_000);
  assert.equal(await caller(user), USER_SESSION);
  const told = await whose(user);
  assert.equal(told.identity_id, user.identityId);
  assert.equal(told.login_provider, PROVIDER);

  const again = await fromCognitoIdentity({ identityId: user.identityId, logins, clientConfig })();
  assert.equal(again.identityId, user.identityId);
  assert.notEqual(again.accessKeyId, user.accessKeyId);
  assert.equal(await caller(again), USER_SESSION);

  const guest = await fromCognitoIdentityPool({ identityPoolId: IDENTITY_POOL, clientConfig })();
  assert.equal(await caller(guest), GUEST_SESSION);
  assert.equal((await whose(guest)).authenticated, false);
  // What belongs to somebody is nobody's without the login.
  await assert.rejects(
    fromCognitoIdentity({ identityId: user.identityId, clientConfig })(),
    ({ name }) => name === "NotAuthorizedException",
  );
});

test("the basic flow ends at STS, in credentials or in the SDK's own exceptions", async () => {
  const identity = new CognitoIdentityClient(clientConfig);
  const Logins = { [PROVIDER]: await idToken("bob") };
  const { IdentityId } = await identity.send(
    new GetIdCommand({ IdentityPoolId: IDENTITY_POOL, Logins }),
  );
  const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
  const sts = new STSClient({ ...clientConfig, maxAttempts: 1 });
  const assume = (more) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: USER_ROLE,
        RoleSessionName: "bob",
        WebIdentityToken: Token,
        ...more,
      }),
    );
  const given = await assume({ DurationSeconds: 900 });
  assert.equal(given.SubjectFromWebIdentityToken, IdentityId);
  assert.equal(given.Audience, IDENTITY_POOL);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given.Credentials;
  assert.ok(Math.abs(Expiration - Date.now() - 900_000) < 60_000);
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  assert.equal(await caller(credentials), given.AssumedRoleUser.Arn);

  for (const [more, name] of [
    [{ WebIdentityToken: Logins[PROVIDER] }, "InvalidIdentityTokenException"],
    [{ WebIdentityToken: `${Token.slice(0, -8)}AAAAAAAA` }, "InvalidIdentityTokenException"],
    [{ RoleArn: USER_ROLE.replace("user", "guest") }, "AccessDenied"],
    [{ DurationSeconds: 899 }, "ValidationError"],
  ]) {
    await assert.rejects(assume(more), (error) => error.name === name, name);
  }
  await assert.rejects(
    caller({ ...credentials, sessionToken: "another" }),
    ({ name }) => name === "InvalidClientTokenId",
  );
});

test("jose verifies an OpenID token by its issuer's discovery", async () => {
  const identity = new CognitoIdentityClient(clientConfig);
  const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId: IDENTITY_POOL }));
  const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId }));
  const issuer = `${server.url.replace("127.0.0.1", "localhost")}/cognito-identity`;
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(discovery.issuer, issuer);
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  const options = { issuer, audience: IDENTITY_POOL, algorithms: ["RS512"] };
  const { payload } = await jwtVerify(Token, keys, options);
  assert.equal(payload.sub, IdentityId);
  assert.deepEqual(payload.amr, ["unauthenticated"]);
  await assert.rejects(jwtVerify(Token, keys, { ...options, audience: "us-east-1:0" }));
});

test("Amplify has a session as a guest, after the sign-in and after the sign-out", async () => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: POOL,
        userPoolClientId: CLIENT,
        userPoolEndpoint: server.url,
        identityPoolId: IDENTITY_POOL,
        identityPoolEndpoint: server.url,
        allowGuestAccess: true,
      },
    },
  });
  const guest = await fetchAuthSession();
  assert.equal(guest.tokens, undefined);
  assert.equal(await caller(guest.credentials), GUEST_SESSION);

  await signIn({ username: "bob", password: PASSWORD });
  const user = await fetchAuthSession();
  assert.equal(await caller(user.credentials), USER_SESSION);
  assert.equal((await whose(user.credentials)).identity_id, user.identityId);
  const refreshed = await fetchAuthSession({ forceRefresh: true });
  assert.equal(refreshed.identityId, user.identityId);

  await signOut();
  const after = await fetchAuthSession();
  assert.notEqual(after.identityId, user.identityId);
  assert.equal(await caller(after.credentials), GUEST_SESSION);
});

test("the credentials put objects into moto's S3 under the identity's prefix", async (t) => {
  const moto = await startMoto(t);
  const credentials = await fromCognitoIdentityPool({
    identityPoolId: IDENTITY_POOL,
    logins: { [PROVIDER]: () => idToken("alice") },
    clientConfig,
  })();
  const s3 = new S3Client({
    endpoint: moto,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
  });
  await fetch(`${moto}/files`, { method: "PUT" });
  const object = { Bucket: "files", Key: `private/${credentials.identityId}/note.txt` };
  await s3.send(new PutObjectCommand({ ...object, Body: "mine" }));
  const { Body } = await s3.send(new GetObjectCommand(object));
  assert.equal(await Body.transformToString(), "mine");
});

/** moto's server, from the packages of the Python suite. */
async function startMoto(t) {
  const python = fileURLToPath(new URL("../python/.venv/bin/python", import.meta.url));
  const child = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => child.kill());
  let log = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (text) => {
      log += text;
      const found = log.match(/Running on (http:\/\/127\.0\.0\.1:\d+)/);
      if (found) resolve(found[1]);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`moto has ended:\n${log}`)));
  });
}
