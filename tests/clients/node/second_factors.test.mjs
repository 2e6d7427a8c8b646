// amazon-cognito-identity-js with an authenticator app and on a remembered device.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { PASSWORD, startServer } from "./support.mjs";
import { authenticatorApp, poolWith } from "./totp.mjs";

let server;
before(async () => (server = await startServer()));
after(() => server?.stop());

/** What the library keeps in a browser. */
function storage() {
  const kept = new Map();
  return {
    kept,
    setItem: (key, value) => kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => kept.delete(key),
    clear: () => kept.clear(),
  };
}

const open = (made, Storage) =>
  new CognitoUser({
    Username: "ruth",
    Storage,
    Pool: new CognitoUserPool({
      UserPoolId: made.pool,
      ClientId: made.client,
      endpoint: server.url,
      Storage,
    }),
  });

/** Signs in by SRP; gives what the library calls back with. */
const signIn = (user) =>
  new Promise((resolve, reject) =>
    user.authenticateUser(new AuthenticationDetails({ Username: "ruth", Password: PASSWORD }), {
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      totpRequired: () => resolve({ step: "totp" }),
      mfaSetup: () => resolve({ step: "setup" }),
    }),
  );
const send = (user, code) =>
  new Promise((onSuccess, onFailure) =>
    user.sendMFACode(code, { onSuccess, onFailure }, "SOFTWARE_TOKEN_MFA"),
  );
const associate = (user) =>
  new Promise((associateSecretCode, onFailure) =>
    user.associateSoftwareToken({ associateSecretCode, onFailure }),
  );
const verify = (user, code) =>
  new Promise((onSuccess, onFailure) =>
    user.verifySoftwareToken(code, "phone", { onSuccess, onFailure }),
  );

test("an app is set up, preferred, and asked for after SRP", async () => {
  const made = await poolWith(server, { mfa: "OPTIONAL" });
  const user = open(made, storage());
  assert((await signIn(user)).session.isValid());
  const code = authenticatorApp(await associate(user));
  await verify(user, code());
  await new Promise((resolve, reject) =>
    user.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, (error, done) =>
      error ? reject(error) : resolve(done),
    ),
  );
  const again = open(made, storage());
  assert.equal((await signIn(again)).step, "totp");
  await assert.rejects(send(again, "000000"), { code: "CodeMismatchException" });
  assert((await send(again, code())).isValid());
});

test("a pool that demands an app has it set up in the middle of the sign-in", async () => {
  const user = open(await poolWith(server, { mfa: "ON" }), storage());
  assert.equal((await signIn(user)).step, "setup");
  const code = authenticatorApp(await associate(user));
  assert((await verify(user, code())).isValid());
});

test("a remembered device takes the app's place", async () => {
  const DeviceConfiguration = {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: false,
  };
  const made = await poolWith(server, { mfa: "ON", settings: { DeviceConfiguration } });
  const kept = storage();
  const user = open(made, kept);
  assert.equal((await signIn(user)).step, "setup");
  const code = authenticatorApp(await associate(user));
  await verify(user, code());
  // The library confirms a device after SRP or an MFA code, not after a set-up.
  const second = open(made, kept);
  assert.equal((await signIn(second)).step, "totp");
  await send(second, code());
  assert([...kept.kept.keys()].some((key) => key.endsWith("deviceKey")));
  assert((await signIn(open(made, kept))).session.isValid());
  // Elsewhere the app is asked for.
  assert.equal((await signIn(open(made, storage()))).step, "totp");
});
