// Auth.js with its own Cognito provider, both unmodified: a web app as Next.js, SvelteKit or
// Express would have it signs somebody in through the pages, knows them by a session of its own,
// and signs them out.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Auth } from "@auth/core";
import Cognito from "@auth/core/providers/cognito";
import { CreateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { textBrowser } from "./hosted.mjs";
import { PASSWORD, POOL, documents, startServer } from "./support.mjs";

let server, issuer, keys, discovery;
before(async () => {
  server = await startServer();
  ({ discovery } = await documents(server));
  issuer = discovery.issuer;
  keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
});
after(() => server?.stop());

/**
 * A web app: a home page and those of Auth.js, with its client of the demo pool. `isPublic`: the
 * client has no secret.
 */
async function startApp(t, { isPublic = false, ...provider } = {}) {
  const app = createServer();
  app.listen(0, "localhost");
  await once(app, "listening");
  t.after(() => {
    app.close();
    app.closeAllConnections();
  });
  const url = `http://localhost:${app.address().port}`;

  const { UserPoolClient } = await server.client().send(
    new CreateUserPoolClientCommand({
      UserPoolId: POOL,
      ClientName: "web app",
      GenerateSecret: !isPublic,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email", "profile"],
      CallbackURLs: [`${url}/auth/callback/cognito`],
      LogoutURLs: [`${url}/`],
      SupportedIdentityProviders: ["COGNITO"],
    }),
  );
  const clientId = UserPoolClient.ClientId;
  const errors = [];
  const config = {
    providers: [
      Cognito({
        issuer,
        clientId,
        clientSecret: UserPoolClient.ClientSecret,
        ...(isPublic && { client: { token_endpoint_auth_method: "none" } }),
        ...provider,
      }),
    ],
    secret: "the app's own, for its cookies",
    trustHost: true,
    logger: { error: (error) => errors.push(error.type ?? error.name), warn() {} },
    callbacks: {
      // The library believes what it fetched itself. A resource server does not: the token's
      // signature counts.
      async jwt({ token, account }) {
        if (!account) return token;
        const { payload } = await jwtVerify(account.id_token, keys, { issuer, audience: clientId });
        return {
          ...token,
          username: payload["cognito:username"],
          groups: payload["cognito:groups"],
          scope: account.scope,
        };
      },
      session: ({ session, token }) => ({
        ...session,
        username: token.username,
        groups: token.groups,
      }),
    },
  };
  app.on("request", async (incoming, outgoing) => {
    if (!incoming.url.startsWith("/auth/")) return outgoing.end("home");
    const body = incoming.method === "POST" ? await text(incoming) : undefined;
    const request = new Request(new URL(incoming.url, url), {
      method: incoming.method,
      headers: incoming.headers,
      body,
    });
    const answer = await Auth(request, config);
    outgoing.writeHead(answer.status, [...answer.headers].flat());
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
  return { url, clientId, errors };
}

/** Somebody at the app: their cookies there, and those of the pages. */
function visitor(app) {
  const [browser, pages] = [textBrowser(), textBrowser()];
  /** Presses a button of the app, with the token that says that it was the app's. */
  async function press(path) {
    const { csrfToken } = JSON.parse((await browser.open(`${app.url}/auth/csrf`)).html);
    const body = new URLSearchParams({ csrfToken, callbackUrl: `${app.url}/` });
    return browser.open(`${app.url}${path}`, { method: "POST", body });
  }
  return {
    browser,
    pages,
    /** The address that the app sends the browser to. */
    begin: async () => (await press("/auth/signin/cognito")).url,
    signOut: () => press("/auth/signout"),
    session: async () => JSON.parse((await browser.open(`${app.url}/auth/session`)).html),
  };
}

for (const [title, options] of [
  ["with a secret, as the provider is set up by default", {}],
  [
    "without a secret, with every check that there is",
    { isPublic: true, checks: ["pkce", "state", "nonce"] },
  ],
]) {
  test(`a user signs in, is known and signs out: a client ${title}`, async (t) => {
    const app = await startApp(t, options);
    const { browser, pages, begin, session, signOut } = visitor(app);
    assert.equal(await session(), null);
    const url = await begin();
    assert.ok(url.startsWith(`${discovery.authorization_endpoint}?`), url);
    const back = await pages.signIn(url, "alice", PASSWORD);
    assert.ok(back.startsWith(`${app.url}/auth/callback/cognito?`), back);
    await browser.open(back);
    assert.deepEqual(app.errors, []);
    const { user, username, groups } = await session();
    assert.equal(user.email, "alice@example.com");
    assert.deepEqual([username, groups], ["alice", ["admins", "users"]]);

    // Signing out of the app is no more than that: the browser's session at the pages is a thing of
    // its own …
    await signOut();
    assert.equal(await session(), null);
    await browser.open((await pages.open(await begin())).url);
    assert.equal((await session()).username, "alice");
    // … and ends where an app sends the browser for it.
    await signOut();
    const logout = new URL(discovery.end_session_endpoint);
    logout.search = new URLSearchParams({ client_id: app.clientId, logout_uri: `${app.url}/` });
    assert.equal((await pages.open(logout.href)).url, `${app.url}/`);
    assert.match((await pages.open(await begin())).url, /\/login\?/);
    assert.deepEqual(app.errors, []);
  });
}

test("an answer that is changed, replayed or somebody else's signs nobody in", async (t) => {
  const app = await startApp(t, { checks: ["pkce", "state", "nonce"] });
  const victim = visitor(app);
  const back = await victim.pages.signIn(await victim.begin(), "alice", PASSWORD);
  const changed = new URL(back);
  changed.searchParams.set("state", "other");
  await victim.browser.open(changed.href);
  assert.equal(await victim.session(), null);

  // In another browser, without the cookies that began it and with those of a sign-in of its own.
  const thief = visitor(app);
  await thief.browser.open(back);
  assert.equal(await thief.session(), null);
  await thief.begin();
  await thief.browser.open(back);
  assert.equal(await thief.session(), null);
  assert.deepEqual(app.errors, ["CallbackRouteError", "InvalidCheck", "CallbackRouteError"]);
});

test("a code is worth nothing with another verifier or a wrong secret, and nothing the second time", async (t) => {
  // Only the server stands in the way here: the app looks at no state.
  const app = await startApp(t);
  const [victim, thief] = [visitor(app), visitor(app)];
  const back = await victim.pages.signIn(await victim.begin(), "alice", PASSWORD);
  await thief.begin();
  await thief.browser.open(back);
  assert.equal(await thief.session(), null);
  assert.deepEqual(app.errors, ["CallbackRouteError"]);

  const mistaken = await startApp(t, { clientSecret: "wrong" });
  const guest = visitor(mistaken);
  await guest.browser.open(await guest.pages.signIn(await guest.begin(), "alice", PASSWORD));
  assert.equal(await guest.session(), null);
  assert.deepEqual(mistaken.errors, ["CallbackRouteError"]);

  const repeated = await startApp(t);
  const user = visitor(repeated);
  const url = await user.begin();
  const cookies = new Map(user.browser.cookies);
  const answer = await user.pages.signIn(url, "bob", PASSWORD);
  await user.browser.open(answer);
  assert.equal((await user.session()).username, "bob");
  user.browser.cookies.clear();
  for (const [name, value] of cookies) user.browser.cookies.set(name, value);
  await user.browser.open(answer);
  assert.equal(await user.session(), null);
  assert.deepEqual(repeated.errors, ["CallbackRouteError"]);
});
