// A shop as README's suites have it: a web app that signs its customers in by the hosted pages. It
// finds Cognito by its variables alone.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const CLIENT = "shopclient0000000000000000";

/** Starts it with these variables; `stop()` ends it. */
export async function startShop(env) {
  const server = createServer((request, response) => {
    answer(request, env).then(
      ({ status = 200, headers = {}, page = "" }) => {
        response.writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers });
        response.end(`<!doctype html><title>Shop</title>${page}`);
      },
      (error) => response.writeHead(500).end(`${error}`),
    );
  });
  await new Promise((resolve) => server.listen(Number(env.PORT), "localhost", resolve));
  return {
    url: `http://localhost:${env.PORT}/`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request, { MOCKNITO_URL: cognito, PORT }) {
  const { pathname, searchParams } = new URL(request.url, `http://localhost:${PORT}`);
  const redirect_uri = `http://localhost:${PORT}/callback`;
  const asked = { client_id: CLIENT, redirect_uri, response_type: "code", scope: "openid email" };
  const query = `${new URLSearchParams(asked)}`.replaceAll("&", "&amp;");
  if (pathname === "/") {
    return { page: `<a href="${cognito}/oauth2/authorize?${query}">Sign in</a>` };
  }
  if (pathname !== "/callback") return { status: 404 };
  const exchanged = await fetch(`${cognito}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: CLIENT,
      code: searchParams.get("code"),
      redirect_uri,
    }),
  });
  const { access_token: token } = await exchanged.json();
  const headers = { authorization: `Bearer ${token}` };
  const { email } = await (await fetch(`${cognito}/oauth2/userInfo`, { headers })).json();
  return {
    page: `<h1>Orders of ${email}</h1><a href="${cognito}/passkeys/add?${query}">Add a passkey</a>`,
  };
}

// By itself: the shop that a suite's web server is, until it is told to end.
if (process.argv[1] === fileURLToPath(import.meta.url)) await startShop(process.env);
