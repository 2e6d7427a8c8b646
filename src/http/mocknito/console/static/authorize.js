// Signing in with the browser as an app would (RFC 6749 §4.1, RFC 7636): the overview begins it,
// the page of tokens ends it. What must come back is remembered in this tab alone.

import { idp, send } from "./calls.js";

const BEGUN = "mocknito.authorize";

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const base64url = (bytes) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const callback = () => `${location.origin}/_mocknito/tokens`;

/** Goes to the sign-in of a client; `more` are parameters such as `login_hint`. */
export async function begin(pool, clientId, more = {}) {
  if (!crypto.subtle) {
    throw new Error(
      "Browsers hash for pages of https or localhost only: open the console by one of these.",
    );
  }
  const begun = { pool, clientId, state: random(), nonce: random(), verifier: random() };
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(begun.verifier));
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: callback(),
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...more,
  });
  location.href = `/oauth2/authorize?${query}`;
}

/**
 * What the browser came back with: undefined, when it did not come from a sign-in; else the tokens,
 * or an error. The address forgets it at once.
 */
export async function finish() {
  const query = new URLSearchParams(location.search);
  if (!query.has("code") && !query.has("error")) return undefined;
  history.replaceState(null, "", location.pathname);
  const begun = JSON.parse(sessionStorage.getItem(BEGUN) ?? "null");
  sessionStorage.removeItem(BEGUN);
  // Somebody else's link may lead here, with a code of theirs.
  if (!begun || begun.state !== query.get("state")) {
    throw new Error(
      "This is the end of a sign-in that this tab did not begin. Nothing was done with it.",
    );
  }
  if (query.has("error")) {
    const error = new Error(query.get("error_description") ?? "The sign-in was refused.");
    error.name = query.get("error");
    throw error;
  }
  const described = idp("DescribeUserPoolClient", {
    UserPoolId: begun.pool,
    ClientId: begun.clientId,
  });
  const { UserPoolClient: client } = await send(described);
  const headers = { "x-mocknito-console": "1" };
  if (client.ClientSecret) {
    // Ids and secrets may have letters that btoa does not take.
    const proof = new TextEncoder().encode(`${client.ClientId}:${client.ClientSecret}`);
    headers.authorization = `Basic ${base64(proof)}`;
  }
  const answer = await fetch("/oauth2/token", {
    method: "POST",
    headers,
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: begun.clientId,
      code: query.get("code"),
      redirect_uri: callback(),
      code_verifier: begun.verifier,
    }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(`The code was refused: ${tokens.error}`);
  return { ...tokens, client };
}
