// What CDK synthesises today, and the folder that a real cognito-local leaves, are taken over by
// the real binary.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startServer } from "../node/support.mjs";
import { synthesise, synthesisePartners } from "./cdk_app.mjs";

const data = (name) => fileURLToPath(new URL(`../../it/import/data/${name}`, import.meta.url));
const CHECKED_IN = data("cdk");
const COGNITO_LOCAL = fileURLToPath(
  new URL("node_modules/cognito-local/lib/bin/start.js", import.meta.url),
);

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mocknito-templates-"));
});
after(() => rm(folder, { recursive: true }));

/** Calls an operation of the user pools API; signed for no Region, as every client may. */
async function call(url, operation, input) {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, Signature=0",
    },
    body: JSON.stringify(input),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${operation}: ${JSON.stringify(body)}`);
  return body;
}

const types = async (file) => {
  const template = JSON.parse(await readFile(file, "utf8"));
  const resources = Object.entries(template.Resources);
  return resources.map(([id, resource]) => `${id} ${resource.Type}`).sort();
};

/** Fails when CDK makes other resources than when the templates were checked in. */
async function isAsCheckedIn(out, checkedIn) {
  for (const name of await readdir(checkedIn)) {
    if (!name.endsWith(".template.json")) continue;
    // Deployments are named by a hash of their API.
    const plain = (list) => list.filter((one) => !one.includes("Deployment"));
    assert.deepEqual(
      plain(await types(join(out, name))),
      plain(await types(join(checkedIn, name))),
      `${name} is synthesised otherwise now: run cdk_app.mjs and check the templates in again`,
    );
  }
}

test("the other constructs of CDK are taken, too", async () => {
  const out = join(folder, "partners.out");
  synthesisePartners(out);
  await isAsCheckedIn(out, data("cdk_partners"));
  const server = await startServer("--fixtures", out);
  try {
    const { UserPools } = await call(server.url, "ListUserPools", { MaxResults: 60 });
    const { Id: UserPoolId } = UserPools.find((pool) => pool.Name === "partners");
    const { UserPool } = await call(server.url, "DescribeUserPool", { UserPoolId });
    assert.equal(UserPool.CustomDomain, "login.partners.example.com");
    assert.equal(Object.keys(UserPool.LambdaConfig).length, 13);
    const { IdentityProvider } = await call(server.url, "DescribeIdentityProvider", {
      UserPoolId,
      ProviderName: "Corporate",
    });
    assert.equal(IdentityProvider.ProviderType, "SAML");
  } finally {
    await server.stop();
  }
});

test("a CDK application of today is taken, functions and all", async () => {
  const out = join(folder, "cdk.out");
  synthesise(out);
  await isAsCheckedIn(out, CHECKED_IN);
  const server = await startServer("--fixtures", out);
  try {
    const { UserPools } = await call(server.url, "ListUserPools", { MaxResults: 60 });
    const shop = UserPools.find((pool) => pool.Name === "shop");
    const { UserPoolClients } = await call(server.url, "ListUserPoolClients", {
      UserPoolId: shop.Id,
      MaxResults: 60,
    });
    const web = UserPoolClients.find((client) => client.ClientName === "web");
    const minted = await fetch(`${server.url}/_mocknito/tokens`, {
      method: "POST",
      body: JSON.stringify({ client_id: web.ClientId, username: "ada@example.com" }),
    });
    const tokens = await minted.json();
    assert.ok(tokens.IdToken, JSON.stringify(tokens));
    const claims = JSON.parse(Buffer.from(tokens.IdToken.split(".")[1], "base64url"));
    assert.deepEqual(claims["cognito:groups"], ["admins"]);
    // The trigger is the application's own code, out of its asset.
    assert.equal(claims.client_in_environment, "");
  } finally {
    await server.stop();
  }
});

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test("the users of a real cognito-local sign in with what they had", async () => {
  const port = await freePort();
  const local = spawn("node", [COGNITO_LOCAL], {
    cwd: folder,
    env: { ...process.env, PORT: String(port), CODE: "123456" },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        await fetch(`${url}/health`);
        break;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const { UserPool } = await call(url, "CreateUserPool", { PoolName: "moved" });
    const UserPoolId = UserPool.Id;
    const { UserPoolClient } = await call(url, "CreateUserPoolClient", {
      UserPoolId,
      ClientName: "app",
    });
    await call(url, "CreateGroup", { UserPoolId, GroupName: "staff" });
    const Username = "ada@example.com";
    await call(url, "AdminCreateUser", {
      UserPoolId,
      Username,
      MessageAction: "SUPPRESS",
      DesiredDeliveryMediums: ["EMAIL"],
      UserAttributes: [{ Name: "email", Value: Username }],
    });
    const Password = "no policy likes this";
    await call(url, "AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });
    await call(url, "AdminAddUserToGroup", { UserPoolId, Username, GroupName: "staff" });
    local.kill();
    await cp(join(folder, ".cognito"), join(folder, "moved"), { recursive: true });

    const server = await startServer("--fixtures", join(folder, "moved"));
    try {
      const { AuthenticationResult } = await call(server.url, "InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: UserPoolClient.ClientId,
        AuthParameters: { USERNAME: Username, PASSWORD: Password },
      });
      const claims = JSON.parse(Buffer.from(AuthenticationResult.IdToken.split(".")[1], "base64url"));
      assert.deepEqual(claims["cognito:groups"], ["staff"]);
      const { UserPool: found } = await call(server.url, "DescribeUserPool", { UserPoolId });
      assert.equal(found.Id, UserPoolId);
    } finally {
      await server.stop();
    }
  } finally {
    local.kill();
  }
});
