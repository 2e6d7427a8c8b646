// amazon-cognito-identity-js: an account's whole life, with the codes that the inbox shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} from "amazon-cognito-identity-js";
import { CLIENT, POOL, emptyInbox, sentCode, startServer } from "./support.mjs";

const NAME = "grace";
const EMAIL = "grace@example.com";
const FIRST = "First-Passw0rd";
const SECOND = "Second-Passw0rd";

let server, pool;
before(async () => {
  server = await startServer();
  pool = new CognitoUserPool({ UserPoolId: POOL, ClientId: CLIENT, endpoint: server.url });
});
after(() => server?.stop());

const account = () => new CognitoUser({ Username: NAME, Pool: pool });
/** The library's two ways of calling back, as promises. */
const node = (call) =>
  new Promise((resolve, reject) =>
    call((error, value) => (error ? reject(error) : resolve(value))),
  );
const hooks = (call, more = {}) =>
  new Promise((onSuccess, onFailure) => call({ onSuccess, onFailure, ...more }));
const signIn = async (password) => {
  const user = account();
  const session = await hooks((callbacks) =>
    user.authenticateUser(
      new AuthenticationDetails({ Username: NAME, Password: password }),
      callbacks,
    ),
  );
  return { user, session };
};

test("somebody registers, and may sign in once the code is confirmed", async () => {
  const email = new CognitoUserAttribute({ Name: "email", Value: EMAIL });
  const { userConfirmed, codeDeliveryDetails } = await node((done) =>
    pool.signUp(NAME, FIRST, [email], [], done),
  );
  assert.equal(userConfirmed, false);
  assert.deepEqual(codeDeliveryDetails, {
    AttributeName: "email",
    DeliveryMedium: "EMAIL",
    Destination: "g***@e***",
  });
  await assert.rejects(signIn(FIRST), { code: "UserNotConfirmedException" });

  const code = await sentCode(server, EMAIL);
  const wrong = code === "000000" ? "111111" : "000000";
  await assert.rejects(
    node((done) => account().confirmRegistration(wrong, false, done)),
    { code: "CodeMismatchException" },
  );
  assert.equal(await node((done) => account().confirmRegistration(code, false, done)), "SUCCESS");
  // By SRP: the library sends no password.
  const { session } = await signIn(FIRST);
  assert(session.isValid());
  assert.equal(session.getIdToken().payload.email, EMAIL);
});

test("a code that was lost is sent again", async () => {
  const email = new CognitoUserAttribute({ Name: "email", Value: "henry@example.com" });
  await node((done) => pool.signUp("henry", FIRST, [email], [], done));
  const first = await sentCode(server, "henry@example.com");
  await emptyInbox(server);
  const henry = new CognitoUser({ Username: "henry", Pool: pool });
  await node((done) => henry.resendConfirmationCode(done));
  const second = await sentCode(server, "henry@example.com");
  if (first !== second) {
    await assert.rejects(
      node((done) => henry.confirmRegistration(first, false, done)),
      { code: "CodeMismatchException" },
    );
  }
  await node((done) => henry.confirmRegistration(second, false, done));
});

test("a forgotten password is replaced", async () => {
  await emptyInbox(server);
  const user = account();
  await hooks((callbacks) => user.forgotPassword(callbacks));
  const code = await sentCode(server, EMAIL);
  assert.equal(
    await hooks((callbacks) => user.confirmPassword(code, SECOND, callbacks)),
    "SUCCESS",
  );
  await assert.rejects(signIn(FIRST), { code: "NotAuthorizedException" });
  await signIn(SECOND);
});

test("a new e-mail address is verified by the code that it gets", async () => {
  const { user } = await signIn(SECOND);
  const attribute = new CognitoUserAttribute({ Name: "email", Value: "new@example.com" });
  await node((done) => user.updateAttributes([attribute], done));
  await emptyInbox(server);
  await new Promise((resolve, reject) =>
    user.getAttributeVerificationCode("email", {
      onSuccess: resolve,
      onFailure: reject,
      inputVerificationCode: undefined,
    }),
  );
  const code = await sentCode(server, "new@example.com");
  await hooks((callbacks) => user.verifyAttribute("email", code, callbacks));
  const attributes = await node((done) => user.getUserAttributes(done));
  const values = Object.fromEntries(attributes.map((one) => [one.getName(), one.getValue()]));
  assert.equal(values.email, "new@example.com");
  assert.equal(values.email_verified, "true");
});
