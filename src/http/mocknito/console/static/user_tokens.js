// Being a user: signing in as them at the hosted pages, and their tokens without a sign-in.

import { code, h, note } from "./dom.js";
import { idp, mocknito, send } from "./calls.js";
import { begin } from "./authorize.js";
import { claimsOf } from "./claims.js";
import { change, changes, hasPages, signInAddress } from "./actions.js";
import { again, its, shownName } from "./user_state.js";

/** The hosted pages, where this user is one click away. */
export function signInAs() {
  const clients = its.pool.clients;
  if (clients.length === 0) return undefined;
  return changes("Sign in as …", async () => {
    const found = await Promise.all(
      clients
        .slice(0, 20)
        .map(({ id: ClientId }) =>
          send(idp("DescribeUserPoolClient", { UserPoolId: its.pool.id, ClientId })),
        ),
    );
    const ways = found.map(({ UserPoolClient: client }) => client).filter(hasPages);
    if (ways.length === 0) {
      throw new Error("No client of this pool has the code grant and a callback URL.");
    }
    const as = { login_hint: its.user.Username, prompt: "login" };
    const addresses = ways.flatMap((client) => [
      [client.ClientId, `${client.ClientName} → the page of tokens`],
      ...client.CallbackURLs.map((callback) => [
        signInAddress(client, callback, as),
        `${client.ClientName} → ${callback}`,
      ]),
    ]);
    return {
      title: `Sign in as ${shownName()}`,
      text: "Opens the client’s sign-in page, where the strip below has this user’s button.",
      fields: [{ name: "address", label: "App client, and where it leads", options: addresses }],
      action: "Open",
      calls: () => [],
      after: (_, { address }) =>
        address.startsWith("/") ? location.assign(address) : begin(its.pool.id, address, as),
    };
  });
}

/** What a verifier must refuse; such a token is no key to anything here either. */
const DEFECTS = [
  ["", "none"],
  ["expired", "expired"],
  ["not_yet_valid", "not yet valid"],
  ["signature", "another signature"],
  ["issuer", "another issuer"],
  ["audience", "another audience"],
  ["kid", "an unknown key id"],
  ["alg_none", "alg none"],
  ["alg_hs256", "alg HS256"],
  ["token_use", "the other token_use"],
  ["other_pool", "the keys of another pool"],
  ["truncated", "cut off"],
];

export function tokensDialog() {
  const { pool } = its;
  if (pool.clients.length === 0) throw new Error("The pool has no app clients.");
  const clients = pool.clients.map(({ id, name }) => [id, `${name} · ${id}`]);
  return {
    title: "Get tokens without a sign-in",
    fields: [
      { name: "client_id", label: "App client", options: clients },
      { name: "scopes", label: "Scopes", hint: "As at a sign-in by the API, if there are none." },
      { name: "expires_in", label: "Expire in", hint: "such as 1h, 30d or -1h" },
      { name: "defect", label: "Defect", options: DEFECTS },
      { name: "id", label: "Claims of the ID token, as JSON" },
      { name: "access", label: "Claims of the access token, as JSON" },
    ],
    action: "Get tokens",
    calls: ({ client_id, scopes, expires_in, defect, id, access }) => {
      const claims = {};
      if (id.trim()) claims.id = JSON.parse(id);
      if (access.trim()) claims.access = JSON.parse(access);
      return [
        mocknito("POST", "tokens", {
          client_id,
          username: its.user.Username,
          scopes: scopes.trim() ? scopes.trim().split(/\s+/) : undefined,
          expires_in: expires_in.trim() || undefined,
          defect: defect || undefined,
          claims: Object.keys(claims).length ? claims : undefined,
        }),
      ];
    },
    after: showTokens,
  };
}

function showTokens(answer) {
  const tokens = Object.entries(answer).filter(
    ([, text]) => typeof text === "string" && text.length > 60,
  );
  change({
    title: `Tokens of ${shownName()}`,
    fields: tokens.map(([name, text]) =>
      h("div", { class: "field" }, h("h3", {}, name), code(text, name), claims(text)),
    ),
    action: "Done",
    calls: () => [],
    after: again,
  });
}

/** What a token says; a sealed one says nothing to anybody. */
function claims(token) {
  const read = claimsOf(token);
  if (!read) return note("Sealed: only the server reads it.");
  const text = JSON.stringify(read, undefined, 2);
  return h("details", {}, h("summary", {}, "Claims"), h("pre", {}, text));
}
