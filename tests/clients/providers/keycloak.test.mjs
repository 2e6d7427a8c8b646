// Keycloak on both sides: as an OIDC and as a SAML provider of a pool, and as a broker whose users
// sign in at a pool. Slow: see keycloak.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, POOL, documents, startServer } from "../node/support.mjs";
import { left_out, startKeycloak } from "./keycloak.mjs";
import {
  CreateUserPoolClientCommand,
  DescribeIdentityProviderCommand,
  GetSigningCertificateCommand,
  UpdateIdentityProviderCommand,
} from "./sdk.mjs";
import { CALLBACK, GOODBYE, SECRET, browser, brought, makePool } from "./support.mjs";

const skip = left_out;

let server;
let keycloak;

before(async () => {
  if (skip) return;
  [server, keycloak] = await Promise.all([startServer("--log", "warn"), startKeycloak()]);
});
after(async () => {
  await keycloak?.stop();
  await server?.stop();
});

/** From the application to it, by Keycloak's form and whatever form it sends back. */
async function signIn(visitor, start) {
  let page = await visitor.open(start);
  if (page.html?.includes('name="password"')) {
    page = await visitor.submit(page, { username: "ann", password: "Passw0rd!" });
  }
  // SAML's answer is a form that a script would send.
  while (page.html?.includes("SAMLResponse")) page = await visitor.submit(page);
  return page;
}

async function oidcPool(alg) {
  const clientId = `oidc-${alg}`;
  await keycloak.client({
    clientId,
    secret: SECRET,
    publicClient: false,
    redirectUris: [`${server.url}/oauth2/idpresponse`],
    attributes: { "id.token.signed.response.alg": alg },
  });
  return makePool(server, () => ({
    ProviderType: "OIDC",
    ProviderDetails: {
      client_id: clientId,
      client_secret: SECRET,
      authorize_scopes: "openid email profile",
      attributes_request_method: alg === "RS256" ? "GET" : "POST",
      oidc_issuer: `${keycloak.url}/realms/corp`,
    },
    AttributeMapping: { email: "email", name: "name", email_verified: "email_verified" },
  }));
}

for (const alg of ["RS256", "PS256", "ES256", "ES512"]) {
  test(`OIDC, signed by ${alg}`, { skip }, async () => {
    const world = await oidcPool(alg);
    const claims = await world.claims(await signIn(browser(), world.start));
    assert.equal(claims.email, "ann@example.com");
    assert.equal(claims.name, "Ann Lee");
    assert.equal(claims.email_verified, true);
  });
}

test("OIDC, signed by HS512, is refused: Keycloak has another key than the secret", {
  skip,
}, async () => {
  const world = await oidcPool("HS512");
  const { error_description: why } = brought(await signIn(browser(), world.start));
  assert.equal(why, "Bad id_token: its signature is not the provider's");
});

/** A pool that knows Keycloak by the address of its metadata, and a client of Keycloak for it. */
async function samlPool(details, attributes) {
  const world = await makePool(server, () => ({
    ProviderType: "SAML",
    ProviderDetails: {
      MetadataURL: `${keycloak.url}/realms/corp/protocol/saml/descriptor`,
      ...details,
    },
    AttributeMapping: { email: "email" },
  }));
  const { Certificate } = await world.client.send(
    new GetSigningCertificateCommand({ UserPoolId: world.UserPoolId }),
  );
  const settings = {
    clientId: `urn:amazon:cognito:sp:${world.UserPoolId}`,
    protocol: "saml",
    redirectUris: [`${server.url}/saml2/idpresponse`],
    frontchannelLogout: true,
    attributes: {
      "saml.assertion.signature": "true",
      "saml.server.signature": "false",
      "saml.client.signature": "true",
      "saml.signing.certificate": Certificate,
      "saml.authnstatement": "true",
      saml_name_id_format: "persistent",
      saml_force_name_id_format: "true",
      saml_single_logout_service_url_post: `${server.url}/saml2/logout`,
      ...attributes(world.details),
    },
    protocolMappers: [
      {
        name: "email",
        protocol: "saml",
        protocolMapper: "saml-user-property-mapper",
        config: {
          "user.attribute": "email",
          "attribute.name": "email",
          "attribute.nameformat": "Basic",
        },
      },
    ],
  };
  await keycloak.client(settings);
  return world;
}

test("SAML by metadata's address, signed requests, and signing out there", { skip }, async () => {
  const world = await samlPool(
    { RequestSigningAlgorithm: "rsa-sha256", IDPSignout: "true" },
    () => ({ "saml.server.signature": "true" }),
  );
  const described = await world.client.send(
    new DescribeIdentityProviderCommand({
      UserPoolId: world.UserPoolId,
      ProviderName: world.ProviderName,
    }),
  );
  const details = described.IdentityProvider.ProviderDetails;
  assert.equal(details.SSORedirectBindingURI, `${keycloak.url}/realms/corp/protocol/saml`);
  assert.equal(details.SLORedirectBindingURI, `${keycloak.url}/realms/corp/protocol/saml`);

  const visitor = browser();
  const claims = await world.claims(await signIn(visitor, world.start));
  assert.equal(claims.email, "ann@example.com");
  // Signed in there: no password is asked for.
  const silent = await visitor.open(`${world.start}&prompt=login`);
  assert.ok(silent.html, silent.url);

  let page = await visitor.open(world.signOut);
  while (page.html?.includes("SAMLResponse")) page = await visitor.submit(page);
  assert.equal(page.url, GOODBYE, page.html);
  // Signed out there, too.
  const asked = await visitor.open(world.start);
  assert.match(asked.html, /name="password"/);
});

test("SAML with encrypted assertions", { skip }, async () => {
  const world = await samlPool(
    { RequestSigningAlgorithm: "rsa-sha256", EncryptedResponses: "true" },
    (details) => ({
      "saml.encrypt": "true",
      "saml.encryption.certificate": details.ActiveEncryptionCertificate,
    }),
  );
  const claims = await world.claims(await signIn(browser(), world.start));
  assert.equal(claims.email, "ann@example.com");
});

test("SAML without encryption where it is wanted is refused", { skip }, async () => {
  const world = await samlPool({ RequestSigningAlgorithm: "rsa-sha256" }, () => ({}));
  await world.claims(await signIn(browser(), world.start));
  await world.client.send(
    new UpdateIdentityProviderCommand({
      UserPoolId: world.UserPoolId,
      ProviderName: world.ProviderName,
      ProviderDetails: {
        MetadataURL: `${keycloak.url}/realms/corp/protocol/saml/descriptor`,
        RequestSigningAlgorithm: "rsa-sha256",
        EncryptedResponses: "true",
      },
    }),
  );
  const { error_description: why } = brought(await signIn(browser(), world.start));
  assert.equal(why, "Error in SAML response processing: its assertion is not encrypted");
});

test("Keycloak as a broker: its users sign in at a pool", { skip }, async () => {
  const endpoint = `${keycloak.url}/realms/broker/broker/pool/endpoint`;
  const client = server.client();
  const { UserPoolClient: registered } = await client.send(
    new CreateUserPoolClientCommand({
      UserPoolId: POOL,
      ClientName: "keycloak",
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email", "profile"],
      CallbackURLs: [endpoint],
      SupportedIdentityProviders: ["COGNITO"],
    }),
  );
  const { discovery } = await documents(server);
  await keycloak.realm("broker");
  await keycloak.client(
    { clientId: "app", publicClient: true, redirectUris: [CALLBACK] },
    "broker",
  );
  await keycloak.admin("POST", "/realms/broker/identity-provider/instances", {
    alias: "pool",
    providerId: "oidc",
    enabled: true,
    trustEmail: true,
    config: {
      issuer: discovery.issuer,
      authorizationUrl: discovery.authorization_endpoint,
      tokenUrl: discovery.token_endpoint,
      userInfoUrl: discovery.userinfo_endpoint,
      jwksUrl: discovery.jwks_uri,
      useJwksUrl: "true",
      validateSignature: "true",
      clientId: registered.ClientId,
      clientSecret: registered.ClientSecret,
      clientAuthMethod: "client_secret_post",
      defaultScope: "openid email profile",
    },
  });
  const query = new URLSearchParams({
    client_id: "app",
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid email",
    state: "app-state",
    kc_idp_hint: "pool",
  });
  const visitor = browser();
  const at = `${keycloak.url}/realms/broker/protocol/openid-connect`;
  let page = await visitor.open(`${at}/auth?${query}`);
  page = await visitor.submit(page, { username: "alice", password: PASSWORD });
  // What the pool does not say of a person, Keycloak asks them.
  if (page.html) {
    page = await visitor.submit(page, {
      username: "alice",
      email: "alice@example.com",
      firstName: "Alice",
      lastName: "Example",
    });
  }
  const { code } = brought(page);
  const answer = await fetch(`${at}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "app",
      redirect_uri: CALLBACK,
      code,
    }),
  });
  const tokens = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(tokens));
  const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
  assert.equal(claims.email, "alice@example.com");
});
