// aws-amplify v6 and a custom challenge: signIn and confirmSignIn, with and without SRP first,
// answered by the handlers of a file.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { PASSWORD, startServer } from "./support.mjs";

const HANDLERS = fileURLToPath(new URL("./handlers/challenge.cjs", import.meta.url));
const TRIGGERS = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"];

let server;
before(async () => {
  server = await startServer(...TRIGGERS.map((name) => `--trigger=${name}=${HANDLERS}#${name}`));
  const idp = server.client();
  const arn = (name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
  const LambdaConfig = Object.fromEntries(TRIGGERS.map((name) => [name, arn(name)]));
  const { UserPool } = await idp.send(
    new CreateUserPoolCommand({ PoolName: "custom", LambdaConfig }),
  );
  const UserPoolId = UserPool.Id;
  const ExplicitAuthFlows = [
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
  ];
  const made = await idp.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: "amplify", ExplicitAuthFlows }),
  );
  await idp.send(
    new AdminCreateUserCommand({ UserPoolId, Username: "ivy", MessageAction: "SUPPRESS" }),
  );
  await idp.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: "ivy",
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  const userPoolClientId = made.UserPoolClient.ClientId;
  Amplify.configure({
    Auth: { Cognito: { userPoolId: UserPoolId, userPoolClientId, userPoolEndpoint: server.url } },
  });
});
after(() => server?.stop());

test("a custom challenge without a password", async () => {
  const { nextStep } = await signIn({
    username: "ivy",
    options: { authFlowType: "CUSTOM_WITHOUT_SRP" },
  });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.equal(nextStep.additionalInfo.riddle, "What is round 1's word?");
  const second = await confirmSignIn({ challengeResponse: "wrong" });
  assert.equal(second.nextStep.additionalInfo.riddle, "What is round 2's word?");
  assert.equal((await confirmSignIn({ challengeResponse: "word-2" })).isSignedIn, true);
  assert.ok((await fetchAuthSession()).tokens.accessToken);
  await signOut();
});

test("a custom challenge after the password by SRP", async () => {
  const options = { authFlowType: "CUSTOM_WITH_SRP" };
  const { nextStep } = await signIn({ username: "ivy", password: PASSWORD, options });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.equal((await confirmSignIn({ challengeResponse: "word-1" })).isSignedIn, true);
  await signOut();
  await assert.rejects(signIn({ username: "ivy", password: "Wrong-Passw0rd", options }), {
    name: "NotAuthorizedException",
  });
});

test("who answers wrongly three times is turned away", async () => {
  await signIn({ username: "ivy", options: { authFlowType: "CUSTOM_WITHOUT_SRP" } });
  await confirmSignIn({ challengeResponse: "wrong" });
  await confirmSignIn({ challengeResponse: "wrong" });
  await assert.rejects(confirmSignIn({ challengeResponse: "wrong" }), {
    name: "NotAuthorizedException",
  });
});
