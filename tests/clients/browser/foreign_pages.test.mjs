// A web page of somebody else's, open in the same browser, tries everything that the server has:
// each operation of both APIs as the model lists them, KMS, the OAuth endpoints and `/_mocknito/`,
// in every form in which a page can send a request. It reads what any page may read on AWS and
// nothing else, and changes nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { CLIENT, PASSWORD, POOL, call, launchBrowser, startServer } from "./support.mjs";

const JSON_TYPE = "application/x-amz-json-1.1";
const SIGNATURE =
  "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/cognito-idp/aws4_request, Signature=0";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** All operations, from the models that the server is generated from. */
const OPERATIONS = ["cognito-idp", "cognito-identity"].flatMap((service) => {
  const url = new URL(`../../../src/wire/model/${service}.json`, import.meta.url);
  const { targetPrefix, operations } = JSON.parse(readFileSync(url, "utf8"));
  return Object.entries(operations).map(([name, { unsigned }]) => ({
    name,
    target: `${targetPrefix}.${name}`,
    isPublic: Boolean(unsigned),
  }));
});
// Authorised by a client's secret and not by IAM, though the model does not mark them.
const BY_SECRET = ["GetClientToken", "GetDerivedToken"];

const OTHER_SERVICES = [
  "TrentService.Decrypt",
  "TrentService.Encrypt",
  "TrentService.CreateKey",
  "TrentService.GenerateDataKey",
  "secretsmanager.GetSecretValue",
  "secretsmanager.DescribeSecret",
  "AWSCognitoIdentityProviderService.Nonsense",
  "",
];

/** With what an administrator would break things: members that an operation lacks are dropped. */
const INPUT = {
  UserPoolId: POOL,
  ClientId: CLIENT,
  Username: "alice",
  UserAttributes: [{ Name: "email", Value: "mallory@evil.example" }],
  UserAttributeNames: ["email"],
  Password: "Evil-Passw0rd",
  Permanent: true,
  MessageAction: "SUPPRESS",
  PoolName: "evil",
  ClientName: "evil",
  GroupName: "evil",
  Domain: "evil",
  Identifier: "https://evil.example",
  Name: "evil",
  CustomAttributes: [{ Name: "evil", AttributeDataType: "String" }],
  ResourceArn: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${POOL}`,
  Tags: { evil: "1" },
  MaxResults: 10,
};

let server, browser, evil, page;
before(async () => {
  server = await startServer();
  browser = await launchBrowser({
    args: ["--host-resolver-rules=MAP evil.example 127.0.0.1"],
  });
  evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end('<!doctype html><title>Evil</title><link rel="icon" href="data:,">');
  });
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  page = await browser.newPage();
  await page.goto(`http://evil.example:${evil.address().port}/`);
});
after(async () => {
  await browser?.close();
  evil?.closeAllConnections();
  evil?.close();
  await server?.stop();
});

/** By which names the page can reach the server, one that it made point here among them. */
const places = () => {
  const { port } = new URL(server.url);
  return ["localhost", "127.0.0.1", "evil.example"].map((host) => `http://${host}:${port}`);
};

/**
 * Sends these requests from the page. Gives of each whether the page could read the answer, and
 * what it read.
 */
const send = (requests) =>
  page.evaluate(async (requests) => {
    const one = async ({ url, ...options }) => {
      try {
        const answer = await fetch(url, options);
        return { read: true, status: answer.status, text: await answer.text() };
      } catch (error) {
        return { read: false, error: `${error}` };
      }
    };
    const answers = [];
    for (const request of requests) answers.push(await one(request));
    return answers;
  }, requests);

/** Whatever an administrator sees of the server, but for what the clock moves by itself. */
async function everything() {
  const { UserPools } = await call(server, "ListUserPools", { MaxResults: 60 });
  const pools = [];
  for (const { Id: UserPoolId } of UserPools) {
    const { UserPoolClients } = await call(server, "ListUserPoolClients", { UserPoolId });
    const clients = UserPoolClients.map(({ ClientId }) =>
      call(server, "DescribeUserPoolClient", { UserPoolId, ClientId }),
    );
    pools.push({
      described: await call(server, "DescribeUserPool", { UserPoolId }),
      factors: await call(server, "GetUserPoolMfaConfig", { UserPoolId }),
      users: await call(server, "ListUsers", { UserPoolId }),
      groups: await call(server, "ListGroups", { UserPoolId }),
      providers: await call(server, "ListIdentityProviders", { UserPoolId }),
      servers: await call(server, "ListResourceServers", { UserPoolId, MaxResults: 50 }),
      jobs: await call(server, "ListUserImportJobs", { UserPoolId, MaxResults: 60 }),
      clients: await Promise.all(clients),
    });
  }
  const listed = await fetch(server.url, {
    method: "POST",
    headers: { "x-amz-target": "AWSCognitoIdentityService.ListIdentityPools" },
    body: JSON.stringify({ MaxResults: 60 }),
  });
  const own = async (path) => (await fetch(`${server.url}/_mocknito/${path}`)).json();
  const { now, ...clock } = await own("clock");
  assert(Math.abs(Date.parse(now) - Date.now()) < 60_000, "the clock was moved");
  return { pools, identityPools: await listed.json(), clock, inbox: await own("inbox") };
}

test("of the operations a page reads those that need no credentials on AWS", async () => {
  assert.equal(OPERATIONS.length, 176);
  const before = await everything();
  for (const place of places()) {
    const forms = [
      // With a preflight, as the SDK sends it; and with a signature that is made up.
      ({ target, isPublic }) => ({
        headers: { "x-amz-target": target, "content-type": JSON_TYPE },
        body: JSON.stringify(isPublic ? {} : INPUT),
      }),
      ({ target, isPublic }) => ({
        headers: {
          "x-amz-target": target,
          "content-type": JSON_TYPE,
          authorization: SIGNATURE,
        },
        body: JSON.stringify(isPublic ? {} : INPUT),
      }),
      // Without one: the operation has to be named elsewhere.
      ({ target }) => ({
        search: `?X-Amz-Target=${target}`,
        headers: { "content-type": "text/plain" },
        body: JSON.stringify({ ...INPUT, "X-Amz-Target": target }),
        isSimple: true,
      }),
      ({ target, name }) => ({
        search: `?Action=${name}`,
        headers: { "content-type": FORM_TYPE },
        body: `${new URLSearchParams({ Action: name, "X-Amz-Target": target, ...INPUT })}`,
        isSimple: true,
      }),
    ];
    for (const form of forms) {
      const requests = OPERATIONS.map((operation) => {
        const { search = "", isSimple = false, ...rest } = form(operation);
        return { url: `${place}/${search}`, method: "POST", isSimple, ...rest };
      });
      const answers = await send(requests);
      OPERATIONS.forEach(({ name, isPublic }, at) => {
        const mayRead = (isPublic || BY_SECRET.includes(name)) && !requests[at].isSimple;
        const told = `${name} at ${place}: ${JSON.stringify(answers[at])}`;
        assert.equal(answers[at].read, mayRead, told);
        // Nothing was asked for properly, and nothing was given.
        if (mayRead) assert.equal(answers[at].status, 400, told);
      });
    }
    const others = OTHER_SERVICES.map((target) => ({
      url: `${place}/`,
      method: "POST",
      headers: { "x-amz-target": target, "content-type": JSON_TYPE },
      body: JSON.stringify({ ...INPUT, CiphertextBlob: "AAAA", SecretId: "x" }),
    }));
    for (const [at, answer] of (await send(others)).entries())
      assert.equal(answer.read, false, `${OTHER_SERVICES[at]} at ${place}: ${answer.text}`);
  }
  assert.deepEqual(await everything(), before);

  // What a page may do on AWS, it may do here.
  const [answer] = await send([
    {
      url: `${places()[0]}/`,
      method: "POST",
      headers: {
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "content-type": JSON_TYPE,
      },
      body: JSON.stringify({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: CLIENT,
        AuthParameters: { USERNAME: "alice", PASSWORD },
      }),
    },
  ]);
  assert(JSON.parse(answer.text).AuthenticationResult.AccessToken);
});

test("of the other addresses a page reads what every app of the pool reads", async () => {
  const before = await everything();
  const query = new URLSearchParams({ client_id: CLIENT, response_type: "code", scope: "openid" });
  const readable = [
    ["GET", `/${POOL}/.well-known/jwks.json`],
    ["GET", `/${POOL}/.well-known/openid-configuration`],
    ["POST", "/oauth2/token"],
    ["POST", "/token"],
    ["GET", "/oauth2/userInfo"],
    ["POST", "/userInfo"],
    ["POST", "/oauth2/revoke"],
  ];
  const closed = [
    "/oauth2/authorize",
    "/authorize",
    "/oauth2/idpresponse",
    "/saml2/idpresponse",
    "/login",
    "/logout",
    "/signup",
    "/confirmUser",
    "/resendcode",
    "/mfa",
    "/forgotPassword",
    "/confirmForgotPassword",
    "/changePassword",
    "/passkeys/add",
    "/feedback",
    "/_mocknito/nothing",
    "/_mocknito/inbox",
    "/_mocknito/inbox.js",
    "/_mocknito/requests",
    "/_mocknito/clock",
    "/_mocknito/reset",
    "/_mocknito/tokens",
    "/_mocknito/risk",
    "/_mocknito/ca.pem",
    "/_mocknito/import/import-0000000000",
    "/_mocknito/import/import-0000000000/log",
    "/_mocknito/pages/sign-in",
    "/_mocknito/pages/signed-out",
    `/_mocknito/providers/${POOL}/Google/authorize`,
    `/_mocknito/providers/${POOL}/Google/token`,
    "/_mocknito/health",
  ];
  const body = JSON.stringify({ ...INPUT, advance: "1h", level: "HIGH" });
  for (const place of places()) {
    const open = readable.map(([method, path]) => ({
      url: place + path,
      method,
      ...(method === "POST" && {
        headers: { "content-type": FORM_TYPE },
        body: "grant_type=authorization_code&token=x",
      }),
    }));
    for (const [at, answer] of (await send(open)).entries())
      assert.equal(answer.read, true, `${open[at].method} ${open[at].url}`);

    const tries = closed.flatMap((path) => {
      const url = `${place}${path}?${query}`;
      const forms = [
        { url, method: "GET" },
        { url, method: "POST", headers: { "content-type": "text/plain" }, body },
        { url, method: "POST", headers: { "content-type": FORM_TYPE }, body: `${query}` },
        { url, method: "POST", headers: { "content-type": "application/json" }, body },
        { url, method: "PUT", body },
        { url, method: "DELETE" },
      ];
      return ["omit", "include"].flatMap((credentials) =>
        forms.map((form) => ({ ...form, credentials })),
      );
    });
    for (const [at, answer] of (await send(tries)).entries())
      assert.equal(answer.read, false, `${tries[at].method} ${tries[at].url}: ${answer.text}`);
    // A client that registers itself is no page of somebody else's.
    const types = [JSON_TYPE, FORM_TYPE, "application/json", "text/plain"];
    const registrations = ["/oauth2/register", `/${POOL}/oauth2/register`].flatMap((path) =>
      types.map((type) => ({
        url: place + path,
        method: "POST",
        headers: { "content-type": type },
        body: JSON.stringify({ redirect_uris: ["https://evil.example/"] }),
      })),
    );
    for (const [at, answer] of (await send(registrations)).entries())
      assert.equal(answer.read, false, `${registrations[at].url}: ${answer.text}`);
    // And without wanting to read anything.
    await send(tries.map((request) => ({ ...request, mode: "no-cors" })).filter(isSimple));
  }
  assert.deepEqual(await everything(), before);
});

/** Browsers refuse the others in that mode by themselves. */
const isSimple = ({ method, headers }) =>
  ["GET", "POST"].includes(method) && headers?.["content-type"] !== "application/json";

test("a form in a hidden frame changes nothing either", async () => {
  const before = await everything();
  const addresses = ["/", "/_mocknito/clock", "/_mocknito/reset", "/_mocknito/risk"];
  for (const place of places()) {
    for (const path of [...addresses, "/_mocknito/tokens", "/_mocknito/pages/sign-in"]) {
      await page.evaluate(
        ([action, text]) =>
          new Promise((resolve) => {
            const frame = document.createElement("iframe");
            frame.name = "hidden";
            const form = document.createElement("form");
            Object.assign(form, {
              action,
              method: "post",
              enctype: "text/plain",
              target: "hidden",
            });
            // `{"advance":"1h","x":"="}`: a form can write JSON.
            const field = document.createElement("input");
            Object.assign(field, { name: `${text.slice(0, -1)},"x":"`, value: '"}' });
            form.append(field);
            document.body.append(frame, form);
            frame.addEventListener("load", () => {
              frame.remove();
              form.remove();
              resolve();
            });
            form.submit();
          }),
        [place + path, JSON.stringify({ advance: "1h", ...INPUT })],
      );
    }
  }
  assert.deepEqual(await everything(), before);
});

test("the same requests by a program break everything", async () => {
  const before = await everything();
  for (const operation of ["AdminSetUserPassword", "AdminDisableUser", "CreateGroup"])
    await call(server, operation, INPUT);
  const moved = await fetch(`${server.url}/_mocknito/risk`, { method: "POST", body: "{}" });
  assert(moved.status < 500);
  assert.notDeepEqual(await everything(), before);
  await assert.rejects(
    call(server, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT,
      AuthParameters: { USERNAME: "alice", PASSWORD },
    }),
    { name: "NotAuthorizedException" },
  );
});
