// aws-amplify v6 in Node: an authenticator app, codes by e-mail, and from a sign-up straight to a
// sign-in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Amplify } from "aws-amplify";
import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchMFAPreference,
  getCurrentUser,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";
import { PASSWORD, emptyInbox, sentCode, startServer } from "./support.mjs";
import { authenticatorApp, poolWith } from "./totp.mjs";

const FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
const username = "ruth";

let server;
before(async () => (server = await startServer()));
after(() => server?.stop());

function configure({ pool, client }) {
  Amplify.configure({
    Auth: { Cognito: { userPoolId: pool, userPoolClientId: client, userPoolEndpoint: server.url } },
  });
}

test("an app is set up by somebody who is signed in", async () => {
  configure(await poolWith(server, { mfa: "OPTIONAL", flows: FLOWS }));
  assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
  const code = authenticatorApp((await setUpTOTP()).sharedSecret);
  await verifyTOTPSetup({ code: code() });
  await updateMFAPreference({ totp: "PREFERRED" });
  assert.deepEqual(await fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
  await signOut();

  const { nextStep } = await signIn({ username, password: PASSWORD });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), {
    name: "CodeMismatchException",
  });
  assert.equal((await confirmSignIn({ challengeResponse: code() })).isSignedIn, true);
  await signOut();
});

test("a pool that demands an app has it set up in the middle of the sign-in", async () => {
  configure(await poolWith(server, { mfa: "ON", flows: FLOWS }));
  const { nextStep } = await signIn({ username, password: PASSWORD });
  assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
  const code = authenticatorApp(nextStep.totpSetupDetails.sharedSecret);
  assert.equal((await confirmSignIn({ challengeResponse: code() })).isSignedIn, true);
  await signOut();
});

test("a code by e-mail, or the password, is all that is needed where the user may choose", async () => {
  const AllowedFirstAuthFactors = ["PASSWORD", "EMAIL_OTP"];
  const settings = { Policies: { SignInPolicy: { AllowedFirstAuthFactors } } };
  configure(await poolWith(server, { settings, flows: FLOWS }));
  await emptyInbox(server);
  const options = { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" };
  const { nextStep } = await signIn({ username, options });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.equal(nextStep.codeDeliveryDetails.destination, "r***@e***");
  const challengeResponse = await sentCode(server, "ruth@example.com");
  assert.equal((await confirmSignIn({ challengeResponse })).isSignedIn, true);
  assert.equal((await getCurrentUser()).username, username);
  await signOut();

  const asked = await signIn({ username, options: { authFlowType: "USER_AUTH" } });
  assert.equal(asked.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  assert.deepEqual(asked.nextStep.availableChallenges, ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]);
  const chosen = await confirmSignIn({ challengeResponse: "PASSWORD_SRP" });
  assert.equal(chosen.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_PASSWORD");
  assert.equal((await confirmSignIn({ challengeResponse: PASSWORD })).isSignedIn, true);
  await signOut();
});

test("who has confirmed a sign-up is signed in without another factor", async () => {
  const settings = { AutoVerifiedAttributes: ["email"] };
  configure(await poolWith(server, { settings, flows: FLOWS }));
  const userAttributes = { email: "nora@example.com" };
  // The library gives the code three minutes by a timer that it never clears: nobody waits here for
  // it to run out.
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (...timer) => setTimeout(...timer).unref();
  await signUp({
    username: "nora",
    password: PASSWORD,
    options: { userAttributes, autoSignIn: { authFlowType: "USER_AUTH" } },
  });
  globalThis.setTimeout = setTimeout;
  const confirmationCode = await sentCode(server, "nora@example.com");
  const { nextStep } = await confirmSignUp({ username: "nora", confirmationCode });
  assert.equal(nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
  assert.equal((await autoSignIn()).isSignedIn, true);
  await signOut();
});
