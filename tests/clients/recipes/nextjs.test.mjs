// The recipe for Next.js as it stands on its page, under Next.js's own server for development.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";
import { textBrowser } from "../node/hosted.mjs";
import { PASSWORD, POOL, startServer } from "../node/support.mjs";
import { HERE, freePort, startApp, written } from "./support.mjs";

const WEB_CLIENT = "webclient00000000000000000";

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

/** A browser at the app, which presses the button of Auth.js's own page. */
function visitor(app) {
  const browser = textBrowser();
  return {
    browser,
    async begin() {
      const { html } = await browser.open(`${app.url}/api/auth/csrf`);
      const body = new URLSearchParams({ ...JSON.parse(html), callbackUrl: `${app.url}/` });
      const options = { method: "POST", body };
      return (await browser.open(`${app.url}/api/auth/signin/cognito`, options)).url;
    },
    home: async () => (await browser.open(`${app.url}/`)).html,
  };
}

test("a page of Next.js knows who has signed in", async (t) => {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  // The demo's client knows Next.js at port 3000, which may be taken here.
  await server.client().send(
    new UpdateUserPoolClientCommand({
      UserPoolId: POOL,
      ClientId: WEB_CLIENT,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email", "profile"],
      CallbackURLs: [`${url}/api/auth/callback/cognito`],
      SupportedIdentityProviders: ["COGNITO"],
    }),
  );
  const folder = written(
    "nextjs.md",
    {
      "auth.js": "recipe-next-auth",
      "app/api/auth/[...nextauth]/route.js": "recipe-next-route",
      "app/layout.js": "recipe-next-layout",
      "app/page.js": "recipe-next-page",
    },
    { 9339: new URL(server.url).port, 3000: port },
  );
  const next = [`${HERE}node_modules/.bin/next`, "dev", "--port", port, "--hostname", "localhost"];
  const app = await startApp(t, folder, next, port, {
    NEXTAUTH_URL: url,
    NEXTAUTH_SECRET: "for development only",
    NEXT_TELEMETRY_DISABLED: "1",
  });

  const alice = visitor(app);
  assert.match(await alice.home(), /Sign in/);
  const address = await alice.begin();
  assert.match(address, /\/oauth2\/authorize\?/);
  const back = await textBrowser().signIn(address, "alice", PASSWORD);
  assert.ok(back.startsWith(`${url}/api/auth/callback/cognito?`), back);
  await alice.browser.open(back);
  const home = (await alice.home()).replaceAll("<!-- -->", "");
  assert.match(home, /alice@example\.com is in admins, users\./, app.log());

  // What somebody else's sign-in ended with is worth nothing in another browser.
  const bob = visitor(app);
  const elsewhere = await textBrowser().signIn(await bob.begin(), "bob", PASSWORD);
  const thief = visitor(app);
  await thief.begin();
  await thief.browser.open(elsewhere);
  assert.match(await thief.home(), /Sign in/);
});
