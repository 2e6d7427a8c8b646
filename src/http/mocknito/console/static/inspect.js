// A token taken apart, as the page of tokens shows it: what was looked at, what each claim means,
// and who would refuse it.

import { code, copy, fill, h, note, pill, table, tabs } from "./dom.js";
import { mocknito, send } from "./calls.js";
import { isInstant, meaning } from "./claims.js";
import { now, world } from "./shell.js";

const FORMS = {
  id_token: "ID token",
  access_token: "Access token",
  other_jwt: "JWT",
  refresh_token: "Refresh token",
  unreadable: "No token that can be read",
};
const TITLES = {
  form: "Form",
  issuer: "Issuer",
  algorithm: "Algorithm",
  signature: "Signature",
  expiry: "Expiry",
  beginning: "Beginning",
  client: "App client",
  user: "User",
  revocation: "Revocation",
  rotation: "Rotation",
};

/** Asks about a token, and puts what there is to say into `place`. */
export async function inspect(place, token) {
  const found = await send(mocknito("POST", "tokens/inspect", { token }));
  fill(place, view(token, found));
}

function view(token, found) {
  const wrong = found.findings.filter(({ ok }) => ok === false);
  const open = found.findings.filter(({ ok }) => ok === null);
  const [kind, verdict] = wrong.length
    ? ["bad", wrong.length === 1 ? "One thing is wrong" : `${wrong.length} things are wrong`]
    : open.length
      ? ["warn", "Not all of it can be checked here"]
      : ["ok", "Valid"];
  return h(
    "div",
    { class: "stack inspected" },
    h(
      "section",
      { class: "card", "aria-label": "What was looked at" },
      h(
        "div",
        { class: "head" },
        h("h2", {}, FORMS[found.form]),
        h(
          "div",
          { class: "row" },
          pill(verdict, kind),
          copy(token, "the token"),
          copy(`Authorization: Bearer ${token}`, undefined, "Copy as header"),
        ),
      ),
      h("ul", { class: "findings" }, found.findings.map(finding)),
    ),
    h(
      "div",
      { class: "sides" },
      found.claims && claims(found.claims),
      h("div", { class: "stack" }, found.claims && audience(found), raw(found)),
    ),
  );
}

function finding({ about, ok, text }) {
  const [mark, word, kind] =
    ok === null ? ["–", "Not known", "soft"] : ok ? ["✓", "In order", "ok"] : ["✕", "Wrong", "bad"];
  return h(
    "li",
    {},
    h("span", { class: `tick ${kind}`, role: "img", "aria-label": word }, mark),
    h("b", {}, TITLES[about] ?? about),
    h("span", { class: "wrap" }, quoted(text)),
  );
}

/** What stands between backticks is code. */
function quoted(text) {
  return text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

function claims(all) {
  const rows = Object.entries(all);
  const cell = ([name, value]) => {
    if (isInstant(name) && typeof value === "number") {
      return [h("code", {}, `${value}`), h("small", { class: "hint block" }, instant(value))];
    }
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return h("code", { class: "wrap" }, text);
  };
  return h(
    "div",
    { class: "claims" },
    table(
      "Claims",
      [
        {
          title: "Claim",
          cell: ([name]) => [
            h("code", { class: "wrap" }, h("b", {}, name)),
            h("small", { class: "hint block" }, meaning(name)),
          ],
        },
        { title: "Value", cell },
      ],
      rows,
    ),
  );
}

function instant(seconds) {
  const away = Math.round(seconds - now() / 1000);
  const units = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const [unit, size] = units.find(([, size]) => Math.abs(away) >= size) ?? ["second", 1];
  const distance = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const date = new Date(seconds * 1000);
  return `${date.toLocaleString()}, ${distance.format(Math.trunc(away / size), unit)}`;
}

/** Who would take it: Cognito's own doors, an app's verifier, a gateway. */
function audience(found) {
  const pool = world.user_pools.find(({ id }) => id === found.user_pool_id);
  const clients = pool?.clients ?? [];
  const said = h("div", { class: "stack tight" });
  const select = h(
    "select",
    { id: "for-client", onchange: () => judge() },
    clients.map(({ id, name }) =>
      h("option", { value: id, selected: id === found.client_id }, `${name} · ${id}`),
    ),
  );
  const judge = () => fill(said, forClient(found, select.value).map(answer));
  if (clients.length) judge();
  return h(
    "section",
    { class: "card", "aria-label": "Who takes it" },
    h("h2", {}, "Who takes it"),
    found.answers.length > 0 && [
      h("h3", {}, "Cognito"),
      h("ul", { class: "findings" }, found.answers.map(answerOf)),
    ],
    clients.length > 0 && [
      h("h3", {}, "A verifier of this app client"),
      h("label", { class: "unseen", for: "for-client" }, "App client"),
      select,
      said,
    ],
    found.gateways.length > 0 && [
      h("h3", {}, "Gateways that trust this pool"),
      h("ul", { class: "findings" }, found.gateways.map(answerOf)),
    ],
  );
}

const answerOf = ({ about, ok, text }) =>
  h(
    "li",
    {},
    h(
      "span",
      {
        class: `tick ${ok ? "ok" : "bad"}`,
        role: "img",
        "aria-label": ok ? "Takes it" : "Refuses it",
      },
      ok ? "✓" : "✕",
    ),
    h("b", {}, about),
    h("span", { class: "wrap" }, text),
  );

const answer = ([ok, text]) => note(text, ok ? "ok" : "bad");

/** As aws-jwt-verify and its like are told: which pool, which client, which kind of token. */
function forClient({ form, claims, findings }, id) {
  const wrong = findings.find(
    ({ about, ok }) =>
      ok === false && ["issuer", "signature", "expiry", "beginning", "algorithm"].includes(about),
  );
  if (wrong) return [[false, `Every verifier refuses it: ${wrong.text.replaceAll("`", "")}`]];
  if (form === "id_token") {
    return claims.aud === id
      ? [[true, "Takes it as an ID token; refuses it where an access token is wanted."]]
      : [[false, `Refuses it: aud is ${claims.aud}, and not ${id}.`]];
  }
  if (form === "access_token") {
    return claims.client_id === id
      ? [[true, "Takes it as an access token; refuses it where an ID token is wanted."]]
      : [[false, `Refuses it: client_id is ${claims.client_id}, and not ${id}.`]];
  }
  return [[false, "Refuses it: token_use is neither id nor access."]];
}

function raw(found) {
  const text = (part) => JSON.stringify(part, null, 2);
  if (!found.header) return undefined;
  return h(
    "section",
    { class: "card", "aria-label": "Decoded" },
    tabs("Decoded", [
      ["Claims", () => code(text(found.claims), "the claims")],
      ["Header", () => code(text(found.header), "the header")],
    ]),
  );
}
