// aws-amplify v6 in Node: an account's whole life, with the codes that the inbox shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignUp,
  confirmUserAttribute,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resetPassword,
  sendUserAttributeVerificationCode,
  signIn,
  signOut,
  signUp,
  updateUserAttributes,
} from "aws-amplify/auth";
import { CLIENT, POOL, emptyInbox, sentCode, startServer } from "./support.mjs";

const username = "ivy";
const EMAIL = "ivy@example.com";
const FIRST = "First-Passw0rd";
const SECOND = "Second-Passw0rd";

let server;
before(async () => {
  server = await startServer();
  Amplify.configure({
    Auth: { Cognito: { userPoolId: POOL, userPoolClientId: CLIENT, userPoolEndpoint: server.url } },
  });
});
after(() => server?.stop());

test("somebody registers, confirms and signs in", async () => {
  const { isSignUpComplete, nextStep } = await signUp({
    username,
    password: FIRST,
    options: { userAttributes: { email: EMAIL } },
  });
  assert.equal(isSignUpComplete, false);
  assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
  assert.equal(nextStep.codeDeliveryDetails.destination, "i***@e***");
  assert.equal(
    (await signIn({ username, password: FIRST })).nextStep.signInStep,
    "CONFIRM_SIGN_UP",
  );

  const confirmed = await confirmSignUp({
    username,
    confirmationCode: await sentCode(server, EMAIL),
  });
  assert.equal(confirmed.isSignUpComplete, true);
  assert.equal((await signIn({ username, password: FIRST })).isSignedIn, true);
  assert.equal((await getCurrentUser()).username, username);
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.idToken.payload.email, EMAIL);
});

test("a new e-mail address is verified by the code that it gets", async () => {
  await emptyInbox(server);
  const changed = await updateUserAttributes({ userAttributes: { email: "other@example.com" } });
  assert.equal(changed.email.nextStep.updateAttributeStep, "CONFIRM_ATTRIBUTE_WITH_CODE");
  await sentCode(server, "other@example.com");
  await emptyInbox(server);
  await sendUserAttributeVerificationCode({ userAttributeKey: "email" });
  const confirmationCode = await sentCode(server, "other@example.com");
  await confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
  const attributes = await fetchUserAttributes();
  assert.equal(attributes.email, "other@example.com");
  assert.equal(attributes.email_verified, "true");
});

test("a forgotten password is replaced", async () => {
  await signOut();
  await emptyInbox(server);
  const { nextStep } = await resetPassword({ username });
  assert.equal(nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
  const confirmationCode = await sentCode(server, "other@example.com");
  await confirmResetPassword({ username, confirmationCode, newPassword: SECOND });
  await assert.rejects(signIn({ username, password: FIRST }), { name: "NotAuthorizedException" });
  assert.equal((await signIn({ username, password: SECOND })).isSignedIn, true);
  await signOut();
});
