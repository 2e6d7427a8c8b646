// node-oidc-provider: pairwise subjects, every algorithm, user info by POST, its own refusals.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Provider } from "oidc-provider";
import { startServer } from "../node/support.mjs";
import { SECRET, brought, browser, makePool } from "./support.mjs";

const TAKEN = ["RS256", "PS256", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"];
const REFUSED = ["EdDSA", "Ed25519"];

let server;
let issuer;
let web;

before(async () => {
  server = await startServer("--log", "warn");
  const jwk = (type, options, more) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
    ...more,
  });
  const keys = [
    jwk("rsa", { modulusLength: 2048 }, { kid: "rsa", use: "sig" }),
    jwk("ec", { namedCurve: "P-256" }, { kid: "p256", use: "sig" }),
    jwk("ec", { namedCurve: "P-384" }, { kid: "p384", use: "sig" }),
    jwk("ec", { namedCurve: "P-521" }, { kid: "p521", use: "sig" }),
    jwk("ed25519", {}, { kid: "ed", use: "sig" }),
  ];
  web = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => web.once("listening", resolve));
  issuer = `http://127.0.0.1:${web.address().port}`;
  const algorithms = [...TAKEN, ...REFUSED];
  const provider = new Provider(issuer, {
    jwks: { keys },
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: (_ctx, account, client) => `${client.clientId}-${account}`,
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, name: id }),
    }),
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    pkce: { required: () => true },
    clients: algorithms.map((alg) => ({
      client_id: alg,
      client_secret: SECRET,
      redirect_uris: [`${server.url}/oauth2/idpresponse`],
      token_endpoint_auth_method: "client_secret_post",
      id_token_signed_response_alg: alg,
      subject_type: "pairwise",
    })),
  });
  web.on("request", provider.callback());
});
after(async () => {
  await server?.stop();
  web?.closeAllConnections();
  web?.close();
});

function pool(alg, details = {}) {
  return makePool(server, () => ({
    ProviderType: "OIDC",
    ProviderDetails: {
      client_id: alg,
      client_secret: SECRET,
      authorize_scopes: "openid email profile",
      attributes_request_method: "GET",
      oidc_issuer: issuer,
      ...details,
    },
    AttributeMapping: { email: "email", name: "name" },
  }));
}

/** From the application to it, by the provider's pages. */
async function signIn(visitor, start) {
  let page = await visitor.open(start);
  if (page.html?.includes('value="login"')) {
    page = await visitor.submit(page, { login: "ann", password: "any" });
  }
  if (page.html?.includes('value="consent"')) page = await visitor.submit(page);
  return page;
}

for (const alg of TAKEN) {
  test(`somebody with a pairwise subject signs in by ${alg}`, async () => {
    const world = await pool(alg, {
      attributes_request_method: alg === "RS256" ? "GET" : "POST",
    });
    const visitor = browser();
    const claims = await world.claims(await signIn(visitor, world.start));
    assert.equal(claims["cognito:username"], `Corp_${alg}-ann`);
    assert.equal(claims.email, "ann@example.com");
    assert.equal(claims.name, "ann");
    assert.equal(claims.identities[0].userId, `${alg}-ann`);
    // The same person again is the same user.
    const again = await world.claims(await signIn(browser(), world.start));
    assert.equal(again.sub, claims.sub);
  });
}

for (const alg of REFUSED) {
  test(`${alg} is refused`, async () => {
    const world = await pool(alg);
    const { error, error_description: why } = brought(await signIn(browser(), world.start));
    assert.equal(error, "invalid_request");
    assert.equal(why, `Bad id_token: its algorithm ${alg} is not accepted`);
  });
}

test("who turns back at the provider is told to the application in the provider's words", async () => {
  const world = await pool("RS256");
  const visitor = browser();
  const page = await visitor.open(world.start);
  const abort = page.html.match(/href="([^"]*abort[^"]*)"/)[1];
  const { error, error_description: why } = brought(
    await visitor.open(new URL(abort, page.url).href),
  );
  assert.equal(error, "access_denied");
  assert.match(why, /aborted/i);
});

test("a secret that is not the client's is told as the provider tells it", async () => {
  const world = await pool("RS256", { client_secret: "another" });
  const { error, error_description: why } = brought(await signIn(browser(), world.start));
  assert.equal(error, "invalid_request");
  assert.match(why, /client authentication failed/);
});
