// Passkeys with unmodified aws-amplify v6: registered by somebody who is signed in, listed, used to
// sign in, deleted.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openAmplify } from "./amplify.mjs";
import {
  PASSWORD,
  addAuthenticator,
  addUser,
  call,
  launchBrowser,
  startServer,
} from "./support.mjs";

const username = "ada";
let server, browser, amplify, authenticator;

/** A pool whose users may sign in with passkeys, its client's id, and `ada`. */
async function makePool() {
  const { UserPool } = await call(server, "CreateUserPool", {
    PoolName: "passkeys",
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } },
  });
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "app",
    ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await addUser(server, UserPool.Id, username, PASSWORD, {
    email: "ada@example.com",
    email_verified: "true",
  });
  return [UserPool.Id, UserPoolClient.ClientId];
}

before(async () => {
  server = await startServer();
  const pool = await makePool();
  await call(server, "SetUserPoolMfaConfig", {
    UserPoolId: pool[0],
    WebAuthnConfiguration: { RelyingPartyId: "localhost", UserVerification: "required" },
  });
  browser = await launchBrowser();
  amplify = await openAmplify(browser, server, ...pool);
  authenticator = await addAuthenticator(amplify.page);
});
after(async () => {
  await amplify?.stop();
  await browser?.close();
  await server?.stop();
});

const withPasskey = {
  username,
  options: { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" },
};

test("somebody who is signed in registers a passkey", async () => {
  assert.equal((await amplify.auth("signIn", { username, password: PASSWORD })).isSignedIn, true);
  assert.deepEqual((await amplify.auth("listWebAuthnCredentials")).credentials, []);
  await amplify.auth("associateWebAuthnCredential");

  const { credentials } = await amplify.auth("listWebAuthnCredentials");
  assert.equal(credentials.length, 1);
  const [kept] = await authenticator.credentials();
  assert.equal(
    credentials[0].credentialId,
    Buffer.from(kept.credentialId, "base64").toString("base64url"),
  );
  assert.equal(credentials[0].relyingPartyId, "localhost");
  assert.equal(credentials[0].authenticatorAttachment, "platform");
  assert.deepEqual(credentials[0].authenticatorTransports, ["internal"]);
  assert.ok(Date.parse(credentials[0].createdAt) > Date.now() - 3_600_000);

  // The options exclude what is registered, so this authenticator cannot do it twice.
  await assert.rejects(amplify.auth("associateWebAuthnCredential"), {
    name: "PasskeyAlreadyExists",
  });
  await amplify.auth("signOut");
});

test("the passkey signs its user in, again and again", async () => {
  for (const _ of [1, 2]) {
    await amplify.load();
    const signedIn = await amplify.auth("signIn", withPasskey);
    assert.equal(signedIn.isSignedIn, true);
    assert.equal((await amplify.claims()).email, "ada@example.com");
    await amplify.auth("signOut");
  }
  const [kept] = await authenticator.credentials();
  assert.ok(kept.signCount >= 3, "the authenticator counts, and the server agreed");
});

test("an authenticator that does not recognise the user signs nobody in", async () => {
  await authenticator.recognises(false);
  await assert.rejects(amplify.auth("signIn", withPasskey), {
    name: "PasskeyAuthenticationCanceled",
  });
  await authenticator.recognises(true);
});

test("a deleted passkey is not asked for any more", async () => {
  await amplify.load();
  await amplify.auth("signIn", withPasskey);
  const { credentials } = await amplify.auth("listWebAuthnCredentials");
  await amplify.auth("deleteWebAuthnCredential", { credentialId: credentials[0].credentialId });
  assert.deepEqual((await amplify.auth("listWebAuthnCredentials")).credentials, []);
  await amplify.auth("signOut");
  const { nextStep } = await amplify.auth("signIn", withPasskey);
  assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  assert.ok(!nextStep.availableChallenges.includes("WEB_AUTHN"));
});

test("where no relying party is configured, passkeys are for the host of the pool's domain", async () => {
  const pool = await makePool();
  await call(server, "CreateUserPoolDomain", { UserPoolId: pool[0], Domain: "passkeys" });
  const there = await openAmplify(browser, server, ...pool, { host: "passkeys.auth.localhost" });
  await addAuthenticator(there.page);
  await there.auth("signIn", { username, password: PASSWORD });
  await there.auth("associateWebAuthnCredential");
  const { credentials } = await there.auth("listWebAuthnCredentials");
  assert.equal(credentials[0].relyingPartyId, "passkeys.auth.localhost");
  await there.auth("signOut");
  assert.equal((await there.auth("signIn", withPasskey)).isSignedIn, true);
  await there.stop();

  // Elsewhere the browser does not even ask.
  const elsewhere = await openAmplify(browser, server, ...pool);
  await addAuthenticator(elsewhere.page);
  await elsewhere.auth("signIn", { username, password: PASSWORD });
  await assert.rejects(elsewhere.auth("associateWebAuthnCredential"), {
    name: "RelyingPartyMismatch",
  });
  await elsewhere.stop();
});
