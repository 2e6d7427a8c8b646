// A walk through the hosted pages in a real browser, each of them light and dark, on a desk and on
// a phone, checked by axe. With SCREENSHOTS=<folder> every page is kept as a picture, to be looked
// at.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import {
  PASSWORD,
  addAuthenticator,
  addUser,
  call,
  launchBrowser,
  openPage,
  sentCode,
  startServer,
} from "./support.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PICTURES = process.env.SCREENSHOTS;
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

let server, origin, browser, app;
/** Where sign-ins end. */
let CALLBACK;

before(async () => {
  if (PICTURES) mkdirSync(PICTURES, { recursive: true });
  server = await startServer();
  origin = server.url.replace("127.0.0.1", "localhost");
  browser = await launchBrowser();
  app = createServer((_, response) =>
    response
      .setHeader("content-type", "text/html")
      .end('<!doctype html><title>App</title><link rel="icon" href="data:,">'),
  );
  await new Promise((resolve) => app.listen(0, "localhost", resolve));
  CALLBACK = `http://localhost:${app.address().port}/callback`;
});
after(async () => {
  app?.closeAllConnections();
  app?.close();
  await browser?.close();
  await server?.stop();
});

/** A pool with a client whose users sign in at the pages. */
async function place(pool = {}, client = {}) {
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "pages", ...pool });
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "web",
    CallbackURLs: [CALLBACK],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    SupportedIdentityProviders: ["COGNITO"],
    ...client,
  });
  const query = new URLSearchParams({
    client_id: UserPoolClient.ClientId,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid email",
    state: "s",
  });
  return {
    pool: UserPool.Id,
    client: UserPoolClient.ClientId,
    at: (path, more = {}) =>
      `${origin}${path}?${new URLSearchParams([...query, ...Object.entries(more)])}`,
  };
}

const visit = (options = {}) =>
  openPage(browser, { viewport: DESK, reducedMotion: "reduce", ...options });

/** Holds the page against axe in both colour schemes and sizes, and keeps pictures of it. */
async function look(page, name) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      if (PICTURES)
        await page.screenshot({
          path: `${PICTURES}/${name}-${colorScheme}-${size}.png`,
          fullPage: true,
        });
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wider <= 0, `${name} is wider than a ${size}`);
      // By the DevTools protocol: the page's own policy lets no script in.
      if (!(await page.evaluate(() => "axe" in window))) await inject(page);
      const { violations } = await page.evaluate(() => window.axe.run());
      found.push(
        ...violations.map(
          (one) =>
            `${name} ${colorScheme} ${size}: ${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`,
        ),
      );
    }
  }
  assert.deepEqual(found, []);
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(DESK);
}

async function inject(page) {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(AXE, "utf8"));
}

const field = (page, id) => page.getByTestId(id);
const submit = (page) => page.getByTestId("submit").click();

async function signIn(page, username, password = PASSWORD) {
  await field(page, "username").fill(username);
  await field(page, "password").fill(password);
  await submit(page);
}

async function ended(page) {
  await page.waitForURL(`${CALLBACK}**`);
  return new URL(page.url()).searchParams;
}

test("signing in, with errors, languages and the strip", async () => {
  const here = await place();
  await addUser(server, here.pool, "alice", PASSWORD, {
    email: "alice@example.com",
    email_verified: "true",
  });
  const { page, complaints } = await visit();
  await page.goto(here.at("/login"));
  await look(page, "sign-in");
  assert.equal(
    await page.evaluate(() => document.activeElement.id),
    "username",
    "typing can begin at once",
  );
  await signIn(page, "alice", "Wr0ng!pass");
  await look(page, "sign-in-error");
  assert.equal(await field(page, "error").textContent(), "Incorrect username or password.");
  for (const lang of ["de", "ja", "fr", "es", "pt-BR"]) {
    await page.goto(here.at("/login", { lang }));
    await look(page, `sign-in-${lang}`);
  }
  await page.goto(here.at("/login"));
  await signIn(page, "alice");
  const answer = await ended(page);
  assert.ok(answer.get("code"));
  assert.equal(answer.get("state"), "s");
  await page.goto(here.at("/login"));
  await look(page, "signed-in-already");
  await field(page, "continue").click();
  await ended(page);
  await page.goto(here.at("/login", { prompt: "login" }));
  await field(page, "sign-in-as-alice").click();
  await ended(page);
  assert.deepEqual(complaints, []);
});

test("it works without JavaScript", async () => {
  const here = await place();
  await addUser(server, here.pool, "alice", PASSWORD);
  const { page } = await visit({ javaScriptEnabled: false });
  await page.goto(here.at("/oauth2/authorize"));
  await signIn(page, "alice");
  await ended(page);
});

test("signing up and confirming", async () => {
  const here = await place({
    AutoVerifiedAttributes: ["email"],
    Schema: [
      { Name: "email", Required: true, Mutable: true },
      { Name: "birthdate", Required: true, Mutable: true },
    ],
  });
  for (const TermsName of ["terms-of-use", "privacy-policy"]) {
    const Links = { "cognito:default": `https://example.com/${TermsName}` };
    const input = {
      UserPoolId: here.pool,
      ClientId: here.client,
      TermsName,
      TermsSource: "LINK",
      Enforcement: "NONE",
      Links,
    };
    await call(server, "CreateTerms", input);
  }
  const { page, complaints } = await visit();
  await page.goto(here.at("/login"));
  await field(page, "link-sign-up").click();
  await look(page, "sign-up");
  await field(page, "username").fill("bob");
  await field(page, "email").fill("bob@example.com");
  await field(page, "birthdate").fill("2000-01-31");
  await field(page, "password").fill("passw0rd!");
  await field(page, "confirm_password").fill("passw0rd!");
  await submit(page);
  await look(page, "sign-up-error");
  await field(page, "password").fill(PASSWORD);
  await field(page, "confirm_password").fill(PASSWORD);
  await submit(page);
  await look(page, "confirm");
  await field(page, "resend").click();
  await look(page, "confirm-resent");
  await field(page, "code").fill(await sentCode(server, "bob@example.com"));
  await submit(page);
  await ended(page);
  assert.deepEqual(complaints, []);
});

test("a forgotten and a temporary password", async () => {
  const here = await place({ Schema: [{ Name: "given_name", Required: true, Mutable: true }] });
  const carol = {
    UserPoolId: here.pool,
    Username: "carol",
    TemporaryPassword: "Temp0rary!",
    MessageAction: "SUPPRESS",
  };
  carol.UserAttributes = [
    { Name: "email", Value: "carol@example.com" },
    { Name: "email_verified", Value: "true" },
  ];
  await call(server, "AdminCreateUser", carol);
  const { page, complaints } = await visit();
  await page.goto(here.at("/login"));
  await signIn(page, "carol", "Temp0rary!");
  await look(page, "new-password");
  await field(page, "password").fill(PASSWORD);
  await field(page, "confirm_password").fill(PASSWORD);
  await field(page, "given_name").fill("Carol");
  await submit(page);
  await ended(page);

  await page.goto(here.at("/login", { prompt: "login" }));
  await field(page, "link-forgot-password").click();
  await look(page, "forgot-password");
  await field(page, "username").fill("carol");
  await submit(page);
  await look(page, "reset-password");
  await field(page, "code").fill(await sentCode(server, "carol@example.com"));
  await field(page, "password").fill("N3w!password");
  await field(page, "confirm_password").fill("N3w!password");
  await submit(page);
  await look(page, "password-changed");
  await signIn(page, "carol", "N3w!password");
  await ended(page);
  assert.deepEqual(complaints, []);
});

test("second factors: set up, chosen, asked for", async () => {
  const here = await place({
    AutoVerifiedAttributes: ["email"],
    SmsConfiguration: { SnsCallerArn: "arn:aws:iam::123456789012:role/sms" },
    EmailConfiguration: {
      EmailSendingAccount: "DEVELOPER",
      SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
    },
  });
  await call(server, "SetUserPoolMfaConfig", {
    UserPoolId: here.pool,
    MfaConfiguration: "ON",
    SoftwareTokenMfaConfiguration: { Enabled: true },
    SmsMfaConfiguration: { SmsAuthenticationMessage: "SMS {####}" },
    EmailMfaConfiguration: { Message: "Mail {####}", Subject: "Code" },
  });
  await addUser(server, here.pool, "alice", PASSWORD);
  const { page, complaints } = await visit();
  await page.goto(here.at("/login"));
  await signIn(page, "alice");
  await look(page, "setup-choice");
  await field(page, "choose-SOFTWARE_TOKEN_MFA").click();
  await look(page, "setup-totp");
  await field(page, "code").fill(totp(await field(page, "secret").textContent()));
  await submit(page);
  await ended(page);

  await page.goto(here.at("/login", { prompt: "login" }));
  await signIn(page, "alice");
  await look(page, "totp");
  await field(page, "code").fill("000000");
  await submit(page);
  await look(page, "totp-error");

  const bob = { email: "bob@example.com", email_verified: "true", phone_number: "+12065559934" };
  await addUser(server, here.pool, "bob", PASSWORD, bob);
  const on = { Enabled: true };
  await call(server, "AdminSetUserMFAPreference", {
    UserPoolId: here.pool,
    Username: "bob",
    SMSMfaSettings: on,
    EmailMfaSettings: on,
  });
  await page.goto(here.at("/login", { prompt: "login" }));
  await signIn(page, "bob");
  await look(page, "choose-mfa");
  await field(page, "choose-SMS_MFA").click();
  await look(page, "sms-code");
  await field(page, "code").fill(await field(page, "last-code").textContent());
  await submit(page);
  await ended(page);
  assert.deepEqual(complaints, []);
});

/** The code of an authenticator app now (RFC 6238). */
function totp(secret) {
  const bits = [...secret]
    .map((letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
    )
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const tag = createHmac("sha1", key).update(step).digest();
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

test("a passkey is added and signs in, and the user chooses", async () => {
  const here = await place(
    {
      AutoVerifiedAttributes: ["email"],
      Policies: {
        SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] },
      },
    },
    { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
  );
  await call(server, "SetUserPoolMfaConfig", {
    UserPoolId: here.pool,
    WebAuthnConfiguration: { RelyingPartyId: "localhost", UserVerification: "required" },
  });
  await addUser(server, here.pool, "alice", PASSWORD, {
    email: "alice@example.com",
    email_verified: "true",
  });
  const { page, complaints } = await visit();
  const authenticator = await addAuthenticator(page);
  await page.goto(here.at("/login"));
  await look(page, "identifier-first");
  await field(page, "username").fill("alice");
  await submit(page);
  await look(page, "choose-factor");
  await field(page, "choose-PASSWORD").click();
  await look(page, "password");
  await field(page, "other-way").click();
  await field(page, "choose-EMAIL_OTP").click();
  await look(page, "email-code");
  await field(page, "other-way").click();
  await field(page, "choose-PASSWORD").click();
  await field(page, "password").fill(PASSWORD);
  await submit(page);
  await ended(page);

  await page.goto(here.at("/passkeys/add"));
  await look(page, "passkey-add");
  await submit(page);
  await field(page, "notice").waitFor();
  await look(page, "passkey-added");
  assert.equal((await authenticator.credentials()).length, 1);

  await page.goto(here.at("/login", { prompt: "login" }));
  await field(page, "username").fill("alice");
  await submit(page);
  await field(page, "choose-WEB_AUTHN").click();
  await look(page, "passkey");
  await authenticator.recognises(false);
  await submit(page);
  await field(page, "passkey-failed").waitFor({ state: "visible" });
  await look(page, "passkey-failed");
  await authenticator.recognises(true);
  await submit(page);
  await ended(page);
  assert.deepEqual(complaints, []);
});

test("identity providers, the classic look and a managed style", async () => {
  const here = await place({}, {});
  for (const ProviderName of ["Corporate", "Partners"]) {
    await call(server, "CreateIdentityProvider", {
      UserPoolId: here.pool,
      ProviderName,
      ProviderType: "OIDC",
      ProviderDetails: {
        client_id: "x",
        client_secret: "y",
        authorize_scopes: "openid",
        oidc_issuer: "https://idp.example.com",
        attributes_request_method: "GET",
      },
    });
  }
  const update = {
    UserPoolId: here.pool,
    ClientId: here.client,
    SupportedIdentityProviders: ["COGNITO", "Corporate", "Partners"],
  };
  update.CallbackURLs = [CALLBACK];
  Object.assign(update, {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
  });
  await call(server, "UpdateUserPoolClient", update);
  const { page } = await visit();
  await page.goto(here.at("/login"));
  await look(page, "providers");

  await call(server, "CreateUserPoolDomain", { UserPoolId: here.pool, Domain: "pages" });
  const CSS =
    ".submitButton-customizable { background-color: #7a1f5c; color: #ffffff; }\n" +
    ".banner-customizable { background-color: #7a1f5c; }";
  const logo = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAYAAADED76LAAAAFklEQVR4nGNkYPhfz4AHMOGTHD4KAKiuAYPsKW/ZAAAAAElFTkSuQmCC",
    "base64",
  );
  await call(server, "SetUICustomization", {
    UserPoolId: here.pool,
    CSS,
    ImageFile: logo.toString("base64"),
  });
  await page.goto(here.at("/login"));
  await look(page, "classic");
  const colour = await page
    .getByTestId("submit")
    .evaluate((button) => getComputedStyle(button).backgroundColor);
  assert.equal(colour, "rgb(122, 31, 92)");

  await call(server, "UpdateUserPoolDomain", {
    UserPoolId: here.pool,
    Domain: "pages",
    ManagedLoginVersion: 2,
  });
  await page.goto(here.at("/login"));
  await look(page, "unavailable");
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32">' +
      '<rect width="120" height="32" rx="6" fill="#0b6b4f"/></svg>',
  );
  const mode = (backgroundColor, textColor) => ({
    defaults: { backgroundColor, textColor },
    hover: { backgroundColor, textColor },
  });
  await call(server, "CreateManagedLoginBranding", {
    UserPoolId: here.pool,
    ClientId: here.client,
    Settings: {
      categories: {
        global: { colorSchemeMode: "DYNAMIC", pageHeader: { enabled: true } },
        auth: {
          authMethodOrder: [
            [
              { display: "BUTTON", type: "FEDERATED" },
              { display: "INPUT", type: "USERNAME_PASSWORD" },
            ],
          ],
        },
        form: { location: { horizontal: "START", vertical: "CENTER" } },
      },
      components: {
        primaryButton: {
          lightMode: mode("0b6b4fff", "ffffffff"),
          darkMode: mode("63d1aeff", "00201aff"),
        },
        pageBackground: { lightMode: { color: "e6f2eeff" }, darkMode: { color: "06130fff" } },
        form: {
          borderRadius: 0,
          logo: { enabled: true, location: "START", position: "TOP", formInclusion: "IN" },
        },
      },
    },
    Assets: [
      {
        Category: "FORM_LOGO",
        ColorMode: "DYNAMIC",
        Extension: "SVG",
        Bytes: svg.toString("base64"),
      },
    ],
  });
  await page.goto(here.at("/login"));
  await look(page, "managed");
});

test("errors and the end of a session", async () => {
  const { page } = await visit();
  await page.goto(`${origin}/login?client_id=nobody`);
  await look(page, "error");
  await page.goto(`${origin}/_mocknito/pages/signed-out`);
  await look(page, "signed-out");
});
