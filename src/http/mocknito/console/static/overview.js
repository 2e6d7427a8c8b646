// The overview: every pool of every Region, its clients, and what an app needs to use them.

import {
  at,
  attempt,
  code,
  copy,
  facts,
  few,
  fill,
  h,
  icon,
  none,
  pill,
  tabs,
  value,
} from "./dom.js";
import { copyAs, idp, mocknito, send } from "./calls.js";
import { begin } from "./authorize.js";
import { isMachine, snippets } from "./snippets.js";
import { onPool, refresh, usersAddress, world } from "./shell.js";

const MASK = "•".repeat(12);
/** Client id → what was asked about it, so that a change of something else does not ask again. */
const details = new Map();
const opened = new Set();

/** Pool id → its card, which stays while nothing but the number of users changes. */
let cards = new Map();

onPool((_, { user_pools: pools, identity_pools: identityPools }) => {
  const regions = new Set(pools.map(({ region }) => region)).size;
  const before = cards;
  cards = new Map(pools.map((pool) => [pool.id, kept(before.get(pool.id), pool)]));
  if (!pools.length) return fill(at("content"), empty());
  const stack = at("content").querySelector(".stack") ?? h("div", { class: "stack" });
  const wanted = [
    server(pools, identityPools, regions),
    ...[...cards.values()].map((one) => one.card),
  ];
  stack.firstElementChild?.remove();
  for (const child of [...stack.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, index) => {
    if (stack.children[index] !== child) stack.insertBefore(child, stack.children[index] ?? null);
  });
  if (!stack.isConnected) fill(at("content"), stack);
  return undefined;
});

function kept(before, pool) {
  const key = JSON.stringify({ ...pool, users: 0 });
  if (before?.key !== key) {
    const users = h("span", {});
    before = { key, users, card: card(pool, users) };
  }
  const link = { href: usersAddress(pool.id) };
  fill(before.users, h("a", link, pool.users.toLocaleString()));
  return before;
}

function empty() {
  const call = mocknito("POST", "demo");
  const demo = () =>
    attempt(async () => {
      await send(call);
      await refresh();
    }, "The demo is there: sign in as alice with Passw0rd!");
  return none(
    "No user pools yet",
    "What an AWS call, Terraform or a fixture makes appears here by itself. Or begin with three " +
      "clients and a few users to play with:",
    h("button", { type: "button", class: "primary", onclick: demo }, "Load the demo"),
    copyAs(() => call),
  );
}

function server(pools, identityPools, regions) {
  const users = pools.reduce((sum, pool) => sum + pool.users, 0);
  const clients = pools.reduce((sum, pool) => sum + pool.clients.length, 0);
  const number = (many, one, more = `${one}s`) =>
    h("span", { class: "number" }, h("b", {}, many.toLocaleString()), many === 1 ? one : more);
  return h(
    "section",
    { class: "card server", "aria-label": "The server" },
    h(
      "div",
      { class: "numbers" },
      number(users, "user"),
      number(clients, "app client"),
      number(pools.length, "user pool"),
      identityPools.length > 0 && number(identityPools.length, "identity pool"),
      regions > 1 && number(regions, "Region"),
    ),
    h(
      "div",
      { class: "row endpoint" },
      h("span", { class: "soft" }, "Endpoint"),
      value(world.server.public_url, "the endpoint"),
      copy(
        `export AWS_ENDPOINT_URL=${world.server.public_url} ` +
          `AWS_DEFAULT_REGION=${world.server.region} ` +
          "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
        undefined,
        "Copy as environment",
      ),
    ),
  );
}

function card(pool, users) {
  const wellKnown = `/${pool.id}/.well-known`;
  const functions = Object.keys(pool.functions ?? {});
  return h(
    "section",
    { class: "card pool", "aria-labelledby": `pool-${pool.id}` },
    h(
      "div",
      { class: "head" },
      h("h2", { id: `pool-${pool.id}` }, pool.name),
      h(
        "div",
        { class: "row" },
        pill(pool.region, "mark"),
        pill(pool.mfa === "ON" ? "MFA on" : pool.mfa === "OPTIONAL" ? "MFA optional" : "MFA off"),
        pool.tier && pill(pool.tier.toLowerCase()),
        functions.length > 0 &&
          pill(`${functions.length} Lambda trigger${functions.length === 1 ? "" : "s"}`),
      ),
    ),
    facts([
      ["Pool id", value(pool.id, "the pool’s id")],
      ["Issuer", value(pool.issuer, "the issuer")],
      [
        "Published",
        h(
          "span",
          { class: "row tight" },
          h("a", { href: `${wellKnown}/openid-configuration` }, "openid-configuration"),
          h("a", { href: `${wellKnown}/jwks.json` }, "jwks.json"),
        ),
      ],
      ["Users", users],
      ["Domain", (pool.domains ?? []).join(", ")],
      ["Lambda triggers", functions.join(", ")],
    ]),
    h(
      "div",
      { class: "clients" },
      h("h3", {}, pool.clients.length ? "App clients" : "No app clients"),
      pool.clients.map((client) => clientRow(pool, client)),
    ),
  );
}

function clientRow(pool, client) {
  const flows = client.oauth_flows ?? [];
  const signIn = flows.includes("code")
    ? h(
        "button",
        {
          type: "button",
          class: "small primary",
          "aria-label": `Sign in in the browser by ${client.name}`,
          onclick: () => attempt(() => begin(pool.id, client.id)),
        },
        "Sign in in the browser",
      )
    : undefined;
  const body = h("div", { class: "client-body" });
  const box = h(
    "details",
    {
      class: "client",
      open: opened.has(client.id),
      ontoggle: () => {
        if (!box.open) {
          details.delete(client.id);
          return opened.delete(client.id);
        }
        opened.add(client.id);
        return attempt(() => drawClient(body, pool, client));
      },
    },
    h(
      "summary",
      {},
      icon("M9 6l6 6-6 6"),
      h("b", {}, client.name),
      h("code", { class: "soft" }, client.id),
      flows.map((flow) => pill(flow.replace("_", " "))),
    ),
    body,
  );
  return h("div", { class: "client-row" }, box, signIn);
}

async function describe(pool, client) {
  if (!details.has(client.id)) {
    const described = idp("DescribeUserPoolClient", { UserPoolId: pool.id, ClientId: client.id });
    const users = idp("ListUsers", { UserPoolId: pool.id, Limit: 10 });
    const [{ UserPoolClient }, { Users }] = await Promise.all([send(described), send(users)]);
    const confirmed = Users.filter(({ UserStatus }) => UserStatus === "CONFIRMED");
    // The demo's own names first: their password is known.
    const named = confirmed.find(({ Username }) => Username === "alice") ?? confirmed[0];
    details.set(client.id, [UserPoolClient, named?.Username ?? "USERNAME"]);
  }
  return details.get(client.id);
}

async function drawClient(body, pool, client) {
  const [described, username] = await describe(pool, client);
  const secret = described.ClientSecret;
  const about = { endpoint: world.server.public_url, pool, client: described, username };
  const shown = snippets({ ...about, secret: secret && MASK });
  const real = snippets({ ...about, secret });
  fill(
    body,
    facts([
      ["Client id", value(described.ClientId, `the id of ${client.name}`)],
      [
        "Secret",
        secret ? secretOf(client, secret) : h("span", { class: "soft" }, "none: a public client"),
      ],
      [
        "Authentication flows",
        (described.ExplicitAuthFlows ?? []).map((flow) => flow.replace(/^ALLOW_/, "")).join(", "),
      ],
      ["Scopes", (described.AllowedOAuthScopes ?? []).join(" ")],
      ["Callback URLs", described.CallbackURLs?.length > 0 && few(described.CallbackURLs)],
      ["Sign-out URLs", described.LogoutURLs?.length > 0 && few(described.LogoutURLs)],
    ]),
    !described.AllowedOAuthFlows?.includes("code") &&
      !isMachine(described) &&
      h(
        "p",
        { class: "hint" },
        "Signing in in a browser needs the flow “code”, a scope and a callback URL: see ",
        h("code", {}, "update-user-pool-client --allowed-o-auth-flows code"),
        ".",
      ),
    tabs(
      `Snippets for ${client.name}`,
      shown.map(([name, text], index) => [name, () => snippet(text, real[index][1], name)]),
    ),
  );
}

/** Masked until it is asked for; the button copies what is real. */
function snippet(text, real, name) {
  const block = code(text, `the snippet for ${name}`);
  block.querySelector("button").replaceWith(copy(real, `the snippet for ${name}`));
  return block;
}

function secretOf(client, secret) {
  const text = h("code", {}, MASK);
  const show = h(
    "button",
    {
      type: "button",
      class: "small plain",
      "aria-label": `Show the secret of ${client.name}`,
      onclick: () => {
        const hidden = text.textContent === MASK;
        text.textContent = hidden ? secret : MASK;
        show.textContent = hidden ? "Hide" : "Show";
      },
    },
    "Show",
  );
  return h("span", { class: "value" }, text, show, copy(secret, `the secret of ${client.name}`));
}
