// A tester in a real browser signs in through pretend identity providers, by http and https, with
// scripts and without.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { POOL, call, launchBrowser, openPage, startServer } from "./support.mjs";

const EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const METADATA = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
  entityID="https://idp.example.com">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
      Location="https://idp.example.com/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>`;

const PROVIDERS = {
  Google: {
    ProviderType: "Google",
    ProviderDetails: { client_id: "g", client_secret: "s", authorize_scopes: "openid email" },
    AttributeMapping: { email: "email" },
  },
  SignInWithApple: {
    ProviderType: "SignInWithApple",
    ProviderDetails: {
      client_id: "a",
      team_id: "t",
      key_id: "k",
      private_key: "none",
      authorize_scopes: "email name",
    },
    AttributeMapping: { email: "email" },
  },
  Corp: {
    ProviderType: "SAML",
    ProviderDetails: { MetadataFile: METADATA },
    AttributeMapping: { email: EMAIL },
  },
};

let server, browser, app, callback, client;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  app = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<title>App</title>"),
  );
  await new Promise((resolve) => app.listen(0, "localhost", resolve));
  callback = `http://localhost:${app.address().port}/`;
  for (const [ProviderName, settings] of Object.entries(PROVIDERS)) {
    await call(server, "CreateIdentityProvider", { UserPoolId: POOL, ProviderName, ...settings });
  }
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: POOL,
    ClientName: "app",
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    CallbackURLs: [callback],
    SupportedIdentityProviders: ["COGNITO", ...Object.keys(PROVIDERS)],
  });
  client = UserPoolClient.ClientId;
});
after(async () => {
  await browser?.close();
  app?.close();
  await server?.stop();
});

/** The ID token's claims for the code with which the browser is back at the app. */
async function claims(page) {
  const code = new URL(page.url()).searchParams.get("code");
  const answer = await fetch(`${server.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: client,
      redirect_uri: callback,
      code,
    }),
  });
  const { id_token } = await answer.json();
  return JSON.parse(Buffer.from(id_token.split(".")[1], "base64url"));
}

for (const name of Object.keys(PROVIDERS)) {
  for (const scheme of ["http", "https"]) {
    for (const javaScriptEnabled of [true, false]) {
      test(`${name} by ${scheme}, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
        const { context, page, complaints } = await openPage(browser, {
          javaScriptEnabled,
          ignoreHTTPSErrors: true,
        });
        const start = new URL(
          "/oauth2/authorize",
          `${scheme}://localhost:${new URL(server.url).port}`,
        );
        start.search = new URLSearchParams({
          client_id: client,
          redirect_uri: callback,
          response_type: "code",
          scope: "openid email",
          identity_provider: name,
        });
        await page.goto(start.href);
        await page.getByTestId("email").fill("ann@example.com");
        await page.getByTestId("continue").click();
        if (!javaScriptEnabled && name !== "Google") await page.getByTestId("continue").click();
        await page.waitForURL((url) => url.href.startsWith(callback));
        const said = await claims(page);
        assert.match(said["cognito:username"], new RegExp(`^${name}_`));
        assert.equal(said.email, "ann@example.com");
        assert.equal(said.identities[0].providerName, name);
        assert.deepEqual(complaints, []);
        await context.close();
      });
    }
  }
}
