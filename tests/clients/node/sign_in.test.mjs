// The AWS SDK for JavaScript v3: signing in, reading the user, refreshing, signing out, and its
// typed errors.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  InvalidParameterException,
  InvalidPasswordException,
  NotAuthorizedException,
  ResourceNotFoundException,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  UserNotFoundException,
  UsernameExistsException,
  paginateListUserPools,
  paginateListUsers,
} from "@aws-sdk/client-cognito-identity-provider";
import { CLIENT, PASSWORD, POOL, startServer } from "./support.mjs";

let server, cognito;
before(async () => {
  server = await startServer();
  cognito = server.client();
});
after(async () => {
  cognito?.destroy();
  await server?.stop();
});

const signIn = (username, password = PASSWORD) =>
  cognito.send(
    new InitiateAuthCommand({
      ClientId: CLIENT,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );

test("a user signs in and reads itself", async () => {
  const answer = await signIn("alice");
  assert.equal(answer.ChallengeName, undefined);
  assert.deepEqual(answer.ChallengeParameters, {});
  const { AccessToken } = answer.AuthenticationResult;
  const user = await cognito.send(new GetUserCommand({ AccessToken }));
  assert.equal(user.Username, "alice");
  const attributes = Object.fromEntries(
    user.UserAttributes.map(({ Name, Value }) => [Name, Value]),
  );
  assert.equal(attributes.email, "alice@example.com");
  assert.equal(attributes.email_verified, "true");
});

test("errors arrive as the SDK's own classes", async () => {
  await assert.rejects(signIn("alice", "Wr0ng-Password"), (error) => {
    assert(error instanceof NotAuthorizedException);
    assert.equal(error.message, "Incorrect username or password.");
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    return true;
  });
  await assert.rejects(
    cognito.send(new AdminGetUserCommand({ UserPoolId: POOL, Username: "nobody" })),
    UserNotFoundException,
  );
  await assert.rejects(
    cognito.send(new AdminGetUserCommand({ UserPoolId: "us-east-1_Nowhere00", Username: "alice" })),
    ResourceNotFoundException,
  );
  await assert.rejects(
    cognito.send(new AdminGetUserCommand({ UserPoolId: "no pool", Username: "alice" })),
    InvalidParameterException,
  );
  await assert.rejects(
    cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: POOL,
        Username: "alice",
        MessageAction: "SUPPRESS",
      }),
    ),
    UsernameExistsException,
  );
});

test("a temporary password is replaced", async () => {
  const challenge = await signIn("carol", "Temp0rary!");
  assert.equal(challenge.ChallengeName, "NEW_PASSWORD_REQUIRED");
  const respond = (password) =>
    cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId: CLIENT,
        ChallengeName: challenge.ChallengeName,
        Session: challenge.Session,
        ChallengeResponses: { USERNAME: "carol", NEW_PASSWORD: password },
      }),
    );
  await assert.rejects(respond("short"), InvalidPasswordException);
  assert((await respond("N3w-Passw0rd")).AuthenticationResult.IdToken);
});

test("tokens are refreshed, revoked, and ended everywhere", async () => {
  const first = (await signIn("bob")).AuthenticationResult;
  const refresh = (RefreshToken) =>
    cognito.send(new GetTokensFromRefreshTokenCommand({ ClientId: CLIENT, RefreshToken }));
  const again = (await refresh(first.RefreshToken)).AuthenticationResult;
  assert.notEqual(again.AccessToken, first.AccessToken);

  await cognito.send(new RevokeTokenCommand({ ClientId: CLIENT, Token: first.RefreshToken }));
  await assert.rejects(refresh(first.RefreshToken), NotAuthorizedException);

  const { AccessToken } = (await signIn("bob")).AuthenticationResult;
  await cognito.send(new GlobalSignOutCommand({ AccessToken }));
  await assert.rejects(cognito.send(new GetUserCommand({ AccessToken })), {
    name: "NotAuthorizedException",
    message: "Access Token has been revoked",
  });
});

test("the SDK's paginators reach the end", async () => {
  const users = [];
  for await (const page of paginateListUsers(
    { client: cognito, pageSize: 1 },
    { UserPoolId: POOL },
  )) {
    users.push(...page.Users.map((user) => user.Username));
  }
  assert(["alice", "bob", "carol"].every((name) => users.includes(name)));
  assert.equal(new Set(users).size, users.length);

  const pools = [];
  for await (const page of paginateListUserPools(
    { client: cognito, pageSize: 1 },
    { MaxResults: 1 },
  )) {
    pools.push(...page.UserPools);
  }
  assert.deepEqual(
    pools.map((pool) => pool.Id),
    [POOL],
  );
  assert(pools[0].CreationDate instanceof Date);
});
