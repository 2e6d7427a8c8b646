// Unmodified aws-amplify v6 in a page: an account from sign-up to sign-out, a second factor, and a
// device that is remembered.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { openAmplify } from "./amplify.mjs";
import {
  CLIENT,
  PASSWORD,
  POOL,
  addUser,
  call,
  emptyInbox,
  launchBrowser,
  sentCode,
  startServer,
} from "./support.mjs";

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A pool with these settings, a client that allows these flows, and `ada` in it. */
async function makePool(settings, flows, attributes = {}) {
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "amplify", ...settings });
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "app",
    ExplicitAuthFlows: [...flows, "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await addUser(server, UserPool.Id, "ada", PASSWORD, attributes);
  return [UserPool.Id, UserPoolClient.ClientId];
}

/** The code that an authenticator app shows at this moment of the server's clock. */
async function timedCode(secret) {
  const { now } = await (await fetch(`${server.url}/_mocknito/clock`)).json();
  const bits = [...secret]
    .map((char) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.parse(now) / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest.at(-1) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Half a minute later, since a code counts once. */
const later = () =>
  fetch(`${server.url}/_mocknito/clock`, {
    method: "POST",
    body: JSON.stringify({ advance: "30s" }),
  });

test("somebody registers with the code from their inbox, signs in, comes back and signs out", async () => {
  const amplify = await openAmplify(browser, server, POOL, CLIENT);
  const username = "ivy";
  const { nextStep } = await amplify.auth("signUp", {
    username,
    password: PASSWORD,
    options: { userAttributes: { email: "ivy@example.com" } },
  });
  assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
  const confirmationCode = await sentCode(server, "ivy@example.com");
  assert.equal(
    (await amplify.auth("confirmSignUp", { username, confirmationCode })).isSignUpComplete,
    true,
  );

  await assert.rejects(amplify.auth("signIn", { username, password: "Wrong-Passw0rd" }), {
    name: "NotAuthorizedException",
  });
  assert.equal((await amplify.auth("signIn", { username, password: PASSWORD })).isSignedIn, true);
  await amplify.load();
  assert.equal((await amplify.claims()).email, "ivy@example.com");
  assert.equal((await amplify.auth("getCurrentUser")).username, username);
  assert.equal((await amplify.auth("fetchUserAttributes")).email_verified, "true");
  await amplify.auth("fetchAuthSession", { forceRefresh: true });

  await amplify.auth("signOut", { global: true });
  assert.equal(await amplify.claims(), undefined);
  await amplify.stop();
});

test("a code by e-mail alone signs its user in", async () => {
  const factors = {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
  };
  const pool = await makePool(factors, ["ALLOW_USER_AUTH"], {
    email: "ada@example.com",
    email_verified: "true",
  });
  const amplify = await openAmplify(browser, server, ...pool);
  await emptyInbox(server);
  const { nextStep } = await amplify.auth("signIn", {
    username: "ada",
    options: { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" },
  });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  const challengeResponse = await sentCode(server, "ada@example.com");
  assert.equal((await amplify.auth("confirmSignIn", { challengeResponse })).isSignedIn, true);
  assert.equal((await amplify.claims()).email, "ada@example.com");
  await amplify.stop();
});

test("a second factor is asked for, except on a device that is remembered", async () => {
  const pool = await makePool(
    {
      DeviceConfiguration: {
        ChallengeRequiredOnNewDevice: true,
        DeviceOnlyRememberedOnUserPrompt: false,
      },
    },
    ["ALLOW_USER_SRP_AUTH"],
  );
  await call(server, "SetUserPoolMfaConfig", {
    UserPoolId: pool[0],
    MfaConfiguration: "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  const signIn = { username: "ada", password: PASSWORD };

  // Somewhere else: the second factor is set up there, and that device is remembered.
  const elsewhere = await openAmplify(browser, server, ...pool);
  assert.equal((await elsewhere.auth("signIn", signIn)).isSignedIn, true);
  const { sharedSecret } = await elsewhere.auth("setUpTOTP");
  await elsewhere.auth("verifyTOTPSetup", { code: await timedCode(sharedSecret) });
  await elsewhere.auth("updateMFAPreference", { totp: "PREFERRED" });
  await elsewhere.auth("signOut");
  await elsewhere.stop();

  const amplify = await openAmplify(browser, server, ...pool);
  await later();
  let { nextStep } = await amplify.auth("signIn", signIn);
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await assert.rejects(amplify.auth("confirmSignIn", { challengeResponse: "000000" }), {
    name: "CodeMismatchException",
  });
  const challengeResponse = await timedCode(sharedSecret);
  assert.equal((await amplify.auth("confirmSignIn", { challengeResponse })).isSignedIn, true);
  assert.equal((await amplify.auth("fetchDevices")).length, 2);

  // It comes back as the same device, and its own secret stands for the code.
  await amplify.auth("signOut");
  await amplify.load();
  assert.equal((await amplify.auth("signIn", signIn)).isSignedIn, true);
  assert.equal((await amplify.auth("fetchDevices")).length, 2);

  // Forgotten, it is signed out, and asked again.
  await amplify.auth("forgetDevice");
  await amplify.auth("signOut");
  await later();
  ({ nextStep } = await amplify.auth("signIn", signIn));
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await amplify.auth("confirmSignIn", { challengeResponse: await timedCode(sharedSecret) });
  const devices = await amplify.auth("fetchDevices");
  assert.equal(devices.length, 2, "the one elsewhere, and this browser as a new one");
  await amplify.stop();
});
