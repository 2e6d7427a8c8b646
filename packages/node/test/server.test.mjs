import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startMocknito } from "../index.mjs";

const pool = {
  UserPools: [
    {
      UserPoolId: "us-east-1_Tests0001",
      PoolName: "tests",
      MfaConfig: {
        MfaConfiguration: "OPTIONAL",
        SoftwareTokenMfaConfiguration: { Enabled: true },
      },
      AutoVerifiedAttributes: ["email"],
      Clients: [
        {
          ClientId: "testsclient000000000000000",
          ClientName: "app",
          ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        },
      ],
      Users: [
        {
          Username: "alice",
          Password: "Passw0rd!",
          UserAttributes: { email: "alice@example.com", email_verified: "true" },
        },
      ],
    },
  ],
};

let mocknito;
before(async () => {
  mocknito = await startMocknito({ fixtures: pool });
});
after(() => mocknito.stop());

function call(operation, input) {
  return fetch(mocknito.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  });
}

test("the only client is the one that tokens are for", async () => {
  const { AccessToken } = await mocknito.tokens({ username: "alice" });
  assert.equal((await call("GetUser", { AccessToken })).status, 200);
});

test("a token ends with the clock, and a defective one is refused at once", async () => {
  const { AccessToken } = await mocknito.tokens({ username: "alice" });
  await mocknito.clock.advance("2h");
  assert.equal((await call("GetUser", { AccessToken })).status, 400);
  await mocknito.clock.reset();
  const broken = await mocknito.tokens({ username: "alice", defect: "signature" });
  assert.equal((await call("GetUser", broken)).status, 400);
});

test("codes come out of the inbox", async () => {
  const ClientId = "testsclient000000000000000";
  await call("ForgotPassword", { ClientId, Username: "alice" });
  assert.match(await mocknito.inbox.code({ to: "alice@example.com" }), /^\d{6}$/);
  const none = mocknito.inbox.code({ to: "nobody@example.com", wait: "10ms" });
  await assert.rejects(none, /no message/);
});

test("the authenticator's code is text", async () => {
  const { AccessToken } = await mocknito.tokens({ username: "alice" });
  await call("AssociateSoftwareToken", { AccessToken });
  const code = await mocknito.totp("us-east-1_Tests0001", "alice");
  assert.match(code, /^\d{6}$/);
  await assert.rejects(mocknito.totp("us-east-1_Tests0001", "nobody"), /User does not exist/);
});

test("refusals say why", async () => {
  await call("InitiateAuth", {
    ClientId: "testsclient000000000000000",
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: "alice", PASSWORD: "wrong" },
  });
  const [refused] = await mocknito.requests({ operation: "InitiateAuth", outcome: "refused" });
  assert.equal(refused.username, "alice");
  assert.ok(refused.why);
  assert.ok(!JSON.stringify(refused).includes('"wrong"'));
});

test("a copy is a world of its own", async () => {
  const copy = await mocknito.copyPool("us-east-1_Tests0001");
  await call("AdminDeleteUser", { UserPoolId: copy.user_pool_id, Username: "alice" });
  assert.equal(
    (await call("AdminGetUser", { UserPoolId: "us-east-1_Tests0001", Username: "alice" })).status,
    200,
  );
});

test("a reset brings the fixtures back", async () => {
  await call("AdminDeleteUser", { UserPoolId: "us-east-1_Tests0001", Username: "alice" });
  await mocknito.reset();
  await mocknito.tokens({ username: "alice", clientId: "testsclient000000000000000" });
});

test("what is wrong with a start is what the server says", async () => {
  await assert.rejects(startMocknito({ fixtures: "/nowhere.yaml" }), /nowhere\.yaml/);
});
