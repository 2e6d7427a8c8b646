// A web app with a sign-in button: the authorization code flow with openid-client, which finds all
// addresses by the issuer. The same lines run against Cognito, with the pool's own issuer.

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import * as openid from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT = "3000" } = process.env;
const URL_HERE = process.env.URL ?? `http://localhost:${PORT}`;
const CALLBACK = `${URL_HERE}/callback`;

const issuer = new URL(ISSUER);
const config = await openid.discovery(
  issuer,
  CLIENT_ID,
  undefined,
  CLIENT_SECRET ? openid.ClientSecretBasic(CLIENT_SECRET) : openid.None(),
  // On AWS it is https.
  { execute: issuer.protocol === "http:" ? [openid.allowInsecureRequests] : [] },
);

// Who has begun to sign in, and who is signed in, by the id in their cookie.
const sessions = new Map();

const routes = {
  "GET /": (_request, response, session) => {
    const user = session?.user;
    page(
      response,
      user
        ? `<p>Signed in as <strong>${escaped(user.email ?? user["cognito:username"])}</strong>.</p>
           <form method="post" action="/logout"><button>Sign out</button></form>
           <h2>What the ID token says</h2>
           <pre>${escaped(JSON.stringify(user, null, 2))}</pre>`
        : `<p>Nobody is signed in.</p>
           <form method="post" action="/login"><button>Sign in</button></form>`,
    );
  },

  "POST /login": async (_request, response) => {
    const verifier = openid.randomPKCECodeVerifier();
    const begun = { verifier, state: openid.randomState(), nonce: openid.randomNonce() };
    const to = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid email profile",
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: begun.state,
      nonce: begun.nonce,
    });
    redirect(response, to, remember(begun));
  },

  // Back from the pages, with a code for this very browser.
  "GET /callback": async (request, response, session) => {
    if (!session?.verifier) return redirect(response, "/");
    const tokens = await openid.authorizationCodeGrant(config, new URL(request.url, URL_HERE), {
      pkceCodeVerifier: session.verifier,
      expectedState: session.state,
      expectedNonce: session.nonce,
      idTokenExpected: true,
    });
    // A new id: whoever knew the one before does not know this one.
    sessions.delete(session.id);
    return redirect(response, "/", remember({ user: tokens.claims() }));
  },

  // Both sessions end: the app's own, and the pages', which would sign the same user in again.
  "POST /logout": (_request, response, session) => {
    if (session) sessions.delete(session.id);
    const to = openid.buildEndSessionUrl(config, { logout_uri: `${URL_HERE}/` });
    redirect(response, to, cookie(""));
  },
};

function remember(values) {
  const id = randomBytes(32).toString("base64url");
  sessions.set(id, { id, ...values });
  return cookie(id);
}

// Lax, since the way back from the pages is a link from another site.
function cookie(id) {
  const secure = URL_HERE.startsWith("https:") ? "; Secure" : "";
  return `session=${id}; Path=/; HttpOnly; SameSite=Lax${id ? "" : "; Max-Age=0"}${secure}`;
}

function redirect(response, to, setCookie) {
  const headers = { location: String(to), ...(setCookie && { "set-cookie": setCookie }) };
  response.writeHead(303, headers).end();
}

function page(response, body, status = 200) {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" });
  response.end(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Shop</title>
<style>
  body { font: 1rem/1.5 system-ui; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }
  button { font: inherit; padding: .4rem 1rem }
  pre { overflow: auto }
</style>
<h1>Shop</h1>
${body}
</html>`);
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// A form of another site could sign somebody in or out: a browser says whose form it is.
function isForeign(request) {
  const { origin } = request.headers;
  return request.method !== "GET" && origin !== undefined && origin !== new URL(URL_HERE).origin;
}

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, URL_HERE);
    const route = routes[`${request.method} ${pathname}`];
    if (!route) return page(response, "<p>There is no such page.</p>", 404);
    if (isForeign(request)) return page(response, "<p>That form is not from here.</p>", 403);
    const id = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
    await route(request, response, sessions.get(id));
  } catch (error) {
    console.error(`${error.message}${error.cause ? `: ${error.cause.message}` : ""}`);
    const told = error.error_description ?? error.error ?? "The sign-in did not succeed.";
    page(response, `<p>${escaped(told)}</p><p><a href="/">Back</a></p>`, 400);
  }
});
server.listen(Number(PORT), () => console.log(`The app is at ${URL_HERE}`));
process.on("SIGTERM", () => server.close(() => process.exit(0)).closeAllConnections());
