// What comes from PyPI: boto3 and the AWS CLI without an endpoint, and fastapi-cognito.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { CLIENT, FOREIGN_CLIENT, ISSUER, PASSWORD, POOL, signIn } from "./support.mjs";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../python/.venv/bin/", import.meta.url));

test("boto3 signs in and administers without an endpoint", async () => {
  const script = fileURLToPath(new URL("sdk.py", import.meta.url));
  const { stdout } = await run(`${folder}python`, [script, POOL, CLIENT, PASSWORD]);
  const told = JSON.parse(stdout);
  assert.equal(told.username, "alice");
  assert.equal(told.pool, "ours");
  assert.equal(told.issuer, ISSUER);
  assert.match(told.identity, /^us-east-1:/);
  assert.match(told.caller, /^arn:aws:sts::123456789012:assumed-role\//);
});

test("the AWS CLI needs no --endpoint-url", async () => {
  const aws = async (...words) => {
    const { stdout } = await run(`${folder}python`, [`${folder}aws`, "--output", "json", ...words]);
    return JSON.parse(stdout);
  };
  const auth = ["--auth-flow", "USER_PASSWORD_AUTH", "--client-id", CLIENT];
  const parameters = ["--auth-parameters", `USERNAME=alice,PASSWORD=${PASSWORD}`];
  const signedIn = await aws("cognito-idp", "initiate-auth", ...auth, ...parameters);
  const { AccessToken } = signedIn.AuthenticationResult;
  const user = await aws("cognito-idp", "get-user", "--access-token", AccessToken);
  assert.equal(user.Username, "alice");
  const caller = await aws("sts", "get-caller-identity");
  assert.equal(caller.Account, "123456789012");
});

test("fastapi-cognito lets the pool's tokens in, and no other's", async () => {
  const script = fileURLToPath(new URL("fastapi_app.py", import.meta.url));
  const { AccessToken } = await signIn(CLIENT);
  const foreign = await signIn(FOREIGN_CLIENT);
  const tokens = [AccessToken, foreign.AccessToken];
  const { stdout } = await run(`${folder}python`, [script, POOL, CLIENT, ...tokens]);
  const [own, other] = JSON.parse(stdout);
  assert.deepEqual(own, [200, "alice"]);
  assert.equal(other[0], 401);
});
