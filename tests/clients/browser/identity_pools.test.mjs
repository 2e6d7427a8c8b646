// fetchAuthSession of unmodified aws-amplify v6 in a page: AWS credentials for a guest, for whoever
// signed in, and for the guest that is left after the sign-out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openAmplify } from "./amplify.mjs";
import { CLIENT, PASSWORD, POOL, launchBrowser, startServer } from "./support.mjs";

const IDENTITY_POOL = "us-east-1:11111111-2222-4333-8444-555555555555";

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What the server knows of the session's credentials. */
async function whose({ credentials, identityId }) {
  const at = `${server.url}/_mocknito/credentials/${credentials.accessKeyId}`;
  const told = await (await fetch(at)).json();
  assert.equal(told.identity_id, identityId);
  return told;
}

test("a guest signs in, stays the same identity, and is a guest again", async () => {
  const amplify = await openAmplify(browser, server, POOL, CLIENT, {
    cognito: {
      identityPoolId: IDENTITY_POOL,
      identityPoolEndpoint: server.url.replace("127.0.0.1", "localhost"),
      allowGuestAccess: true,
    },
  });
  const guest = await amplify.auth("fetchAuthSession");
  assert.equal((await whose(guest)).role_arn, "arn:aws:iam::123456789012:role/demo-guest");

  await amplify.auth("signIn", { username: "alice", password: PASSWORD });
  const user = await amplify.auth("fetchAuthSession");
  const told = await whose(user);
  assert.equal(told.role_arn, "arn:aws:iam::123456789012:role/demo-user");
  assert.equal(told.login_provider, `cognito-idp.us-east-1.amazonaws.com/${POOL}`);
  await amplify.load();
  const later = await amplify.auth("fetchAuthSession", { forceRefresh: true });
  assert.equal(later.identityId, user.identityId);

  await amplify.auth("signOut");
  const left = await amplify.auth("fetchAuthSession");
  assert.notEqual(left.identityId, user.identityId);
  assert.equal((await whose(left)).authenticated, false);
  assert.deepEqual(amplify.complaints, []);
  await amplify.stop();
});
