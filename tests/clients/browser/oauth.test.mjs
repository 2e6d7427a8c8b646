// Web apps in a real browser sign somebody in through the pages: unmodified aws-amplify by https,
// and unmodified oidc-client-ts by http.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  PASSWORD,
  POOL,
  addUser,
  call,
  launchBrowser,
  openPage,
  serveApp,
  startServer,
} from "./support.mjs";

let server, browser;
before(async () => {
  server = await startServer();
  browser = await launchBrowser({ trust: server });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A client for an app at this address, of the demo pool when no other is named. */
async function makeClient(url, UserPoolId = POOL) {
  const { UserPoolClient } = await call(server, "CreateUserPoolClient", {
    UserPoolId,
    ClientName: "app",
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
    CallbackURLs: [`${url}/`],
    LogoutURLs: [`${url}/`],
    SupportedIdentityProviders: ["COGNITO"],
  });
  return UserPoolClient.ClientId;
}

/** Fills in the sign-in page that the browser is at. */
async function signIn(page, username) {
  await page.waitForURL(/\/login\?/);
  await page.fill('input[name="username"]', username);
  await page.fill('input[name="password"]', PASSWORD);
  await page.getByTestId("submit").click();
}

for (const [title, host] of [
  ["at the shared host", "localhost"],
  ["at the pool's own domain", "mocknito-demo.auth.localhost"],
]) {
  test(`Amplify signs in with a redirect over https ${title}, comes back signed in, and signs out`, async () => {
    const app = await serveApp("amplify_app.mjs");
    const userPoolClientId = await makeClient(app.url);
    const { port } = new URL(server.url);
    const configuration = {
      Auth: {
        Cognito: {
          userPoolId: POOL,
          userPoolClientId,
          userPoolEndpoint: server.url.replace("127.0.0.1", "localhost"),
          loginWith: {
            oauth: {
              domain: `${host}:${port}`,
              scopes: ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
              redirectSignIn: [`${app.url}/`],
              redirectSignOut: [`${app.url}/`],
              responseType: "code",
            },
          },
        },
      },
    };
    const { page, context, complaints } = await openPage(browser);
    const configure = async () => {
      await page.waitForFunction(() => window.auth);
      await page.evaluate(
        (configuration) => window.Amplify.configure(configuration),
        configuration,
      );
    };
    const signedIn = () =>
      page.evaluate(async () => (await window.auth.fetchAuthSession()).tokens?.idToken?.payload);
    /** The library works on the answer in the address as soon as it is configured. */
    const comeBack = async () => {
      await page.waitForURL((url) => url.origin === app.url);
      await configure();
    };

    await page.goto(app.url);
    await configure();
    assert.equal(await signedIn(), undefined);
    await page.evaluate(
      () => void window.auth.signInWithRedirect({ customState: "a state & more" }),
    );
    await page.waitForURL(`https://${host}:${port}/**`);
    await signIn(page, "alice");
    await comeBack();
    await page.waitForFunction(async () => (await window.auth.fetchAuthSession()).tokens);
    const claims = await signedIn();
    assert.equal(claims["cognito:username"], "alice");
    assert.equal(claims.email, "alice@example.com");
    assert.equal((await page.evaluate(() => window.auth.getCurrentUser())).username, "alice");
    const attributes = await page.evaluate(() => window.auth.fetchUserAttributes());
    assert.equal(attributes.given_name, "Alice");
    await page.evaluate(() => window.auth.fetchAuthSession({ forceRefresh: true }));

    const back = page.waitForResponse(
      (answer) => answer.url() === `${app.url}/` && answer.request().isNavigationRequest(),
    );
    await page.evaluate(() => void window.auth.signOut());
    await back;
    await page.waitForLoadState();
    await configure();
    assert.equal(await signedIn(), undefined);
    // The browser's session ended with it: the page asks again.
    await page.evaluate(() => void window.auth.signInWithRedirect());
    await page.waitForURL(`https://${host}:${port}/login?**`);
    assert.deepEqual(complaints, []);
    await context.close();
    await app.stop();
  });
}

test("oidc-client-ts signs in, renews its tokens, is signed in silently elsewhere, and signs out", async () => {
  const app = await serveApp("oidc_app.mjs");
  const client_id = await makeClient(app.url);
  const base = server.url.replace("127.0.0.1", "localhost");
  const settings = {
    authority: `${base}/${POOL}`,
    client_id,
    redirect_uri: `${app.url}/`,
    silent_redirect_uri: `${app.url}/`,
    scope: "openid email",
    loadUserInfo: true,
  };
  const { page, context, complaints } = await openPage(browser);
  const load = async () => {
    await page.waitForFunction(() => window.userManager);
    await page.evaluate(
      (settings) => void (window.manager = window.userManager(settings)),
      settings,
    );
  };
  await page.goto(app.url);
  await load();
  await page.evaluate(() => void window.manager.signinRedirect({ state: { from: "here" } }));
  await signIn(page, "bob");
  await page.waitForURL((url) => url.origin === app.url && url.searchParams.has("code"));
  await load();
  const user = await page.evaluate(async () => {
    const user = await window.manager.signinCallback();
    return { profile: user.profile, state: user.state, token: user.access_token };
  });
  assert.equal(user.profile["cognito:username"], "bob");
  assert.equal(user.profile.email, "bob@example.com");
  assert.deepEqual(user.state, { from: "here" });

  const renewed = await page.evaluate(
    async () => (await window.manager.signinSilent()).access_token,
  );
  assert.notEqual(renewed, user.token);

  // Without the tokens, in a frame, by the browser's session alone.
  const silent = await page.evaluate(async () => {
    await window.manager.removeUser();
    const url = new URL(
      `${window.manager.settings.authority.replace(/\/[^/]*$/, "")}/oauth2/authorize`,
    );
    url.search = new URLSearchParams({
      client_id: window.manager.settings.client_id,
      redirect_uri: window.manager.settings.redirect_uri,
      response_type: "code",
      prompt: "none",
      state: "silent",
    });
    const frame = document.body.appendChild(document.createElement("iframe"));
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    frame.src = url.href;
    await loaded;
    const { searchParams } = new URL(frame.contentWindow.location.href);
    return {
      state: searchParams.get("state"),
      code: searchParams.get("code"),
      error: searchParams.get("error"),
    };
  });
  assert.equal(silent.error, null);
  assert.ok(silent.code);
  assert.equal(silent.state, "silent");

  const back = page.waitForResponse(
    (answer) => answer.url() === `${app.url}/` && answer.request().isNavigationRequest(),
  );
  await page.evaluate(
    ([client_id, logout_uri]) =>
      void window.manager.signoutRedirect({ extraQueryParams: { client_id, logout_uri } }),
    [client_id, `${app.url}/`],
  );
  await back;
  await page.waitForLoadState();
  await load();
  await page.evaluate(() => void window.manager.signinRedirect());
  await page.waitForURL(/\/login\?/);
  assert.deepEqual(complaints, []);
  await context.close();
  await app.stop();
});

test("signing out ends the browser's session for good, by both forms, and nobody else's", async () => {
  const app = await serveApp("oidc_app.mjs");
  const client_id = await makeClient(app.url);
  const { UserPool } = await call(server, "CreateUserPool", { PoolName: "beside" });
  await addUser(server, UserPool.Id, "zoe", PASSWORD, { email: "zoe@example.com" });
  const elsewhere = await makeClient(app.url, UserPool.Id);
  const origin = server.url.replace("127.0.0.1", "localhost");
  const at = (path, query) => `${origin}${path}?${new URLSearchParams({ client_id, ...query })}`;
  const code = {
    redirect_uri: `${app.url}/`,
    response_type: "code",
    scope: "openid email",
    state: "s",
  };
  const { page, context, complaints } = await openPage(browser);
  const answer = async (url) => {
    await page.goto(url);
    const { origin, searchParams } = new URL(page.url());
    assert.equal(origin, app.url);
    return searchParams.get("error") ?? (searchParams.has("code") && "a code");
  };
  const silently = (more) => answer(at("/oauth2/authorize", { ...code, prompt: "none", ...more }));
  const signInAt = async (username, more) => {
    await page.goto(at("/oauth2/authorize", { ...code, ...more }));
    await signIn(page, username);
    await page.waitForURL(`${app.url}/**`);
  };
  const cookies = () => context.cookies(origin);

  await signInAt("alice");
  await signInAt("zoe", { client_id: elsewhere });
  assert.equal(await silently(), "a code");
  const kept = await cookies();

  // Nowhere that is not the client's, and without it nobody is signed out.
  await page.goto(at("/logout", { logout_uri: "https://evil.example.com/" }));
  assert.equal(new URL(page.url()).origin, origin);
  assert.equal(await silently(), "a code");

  await page.goto(at("/logout", { logout_uri: `${app.url}/` }));
  assert.equal(page.url(), `${app.url}/`);
  assert.equal(await silently(), "login_required");
  assert.equal(await silently({ client_id: elsewhere }), "a code");
  // Not in another tab either, nor for whoever kept the cookies.
  const tab = await context.newPage();
  await tab.goto(at("/oauth2/authorize", code));
  assert.match(tab.url(), /\/login\?/);
  await tab.close();
  await context.addCookies(kept);
  assert.equal(await silently(), "login_required");

  // The other form: out, and at once to the page where somebody else signs in.
  await signInAt("bob");
  assert.equal(await silently(), "a code");
  const bobs = await cookies();
  await page.goto(at("/logout", code));
  assert.ok(page.url().startsWith(`${origin}/login?`), page.url());
  assert.equal(await silently(), "login_required");
  await context.addCookies(bobs);
  assert.equal(await silently(), "login_required");
  await page.goto(at("/logout", code));
  await signIn(page, "alice");
  await page.waitForURL(`${app.url}/**`);
  assert.equal(new URL(page.url()).searchParams.get("state"), "s");
  assert.equal(await silently(), "a code");
  assert.deepEqual(complaints.filter((text) => !text.includes("400")), []);
  await context.close();
  await app.stop();
});

test("the sign-in page cannot be framed by another site's page", async () => {
  const app = await serveApp("oidc_app.mjs");
  const client_id = await makeClient(app.url);
  const { page, context } = await openPage(browser);
  await page.goto(app.url);
  const query = new URLSearchParams({
    client_id,
    redirect_uri: `${app.url}/`,
    response_type: "code",
  });
  const shown = await page.evaluate(
    async (src) => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      const loaded = new Promise((resolve) => (frame.onload = resolve));
      frame.src = src;
      await loaded;
      return frame.contentDocument?.body?.innerHTML ?? null;
    },
    `${server.url.replace("127.0.0.1", "localhost")}/oauth2/authorize?${query}`,
  );
  // What the browser shows in place of a page that forbids it is out of the app's reach.
  assert.equal(shown, null);
  const frames = page.frames().map((frame) => frame.url());
  assert.ok(frames.some((url) => url.startsWith("chrome-error:")), frames.join());
  await context.close();
  await app.stop();
});
