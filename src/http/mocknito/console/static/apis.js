// APIs behind the gateway: their routes, who may call them, and a call with a token.

import {
  at,
  attempt,
  code,
  facts,
  fill,
  field,
  h,
  none,
  pill,
  redraw,
  table,
  value,
  wrapped,
} from "./dom.js";
import { copyAs, copyEach, idp, mocknito, send } from "./calls.js";
import { count, onPool, world } from "./shell.js";
import { card } from "./actions.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
let drawn;

onPool(() => attempt(show));

async function show() {
  const { apis } = await send(mocknito("GET", "apis"));
  const key = JSON.stringify([apis, world.user_pools.map(({ id, clients }) => [id, clients])]);
  if (drawn === key) return;
  drawn = key;
  count(apis.length ? `(${apis.length})` : "");
  if (apis.length === 0) {
    const empty = none(
      "No APIs",
      "A file that --apis names describes them: routes and authorizers.",
    );
    fill(at("content"), empty);
    return;
  }
  redraw(
    at("tools"),
    copyAs(() => mocknito("GET", "apis")),
  );
  redraw(at("content"), h("div", { class: "stack" }, apis.map(section)));
}

function section(api) {
  const columns = [
    { title: "Route", cell: ({ route }) => h("code", { class: "wrap" }, route) },
    {
      title: "Authorizer",
      cell: ({ authorizer }) =>
        authorizer ? wrapped(authorizer) : h("span", { class: "soft" }, "open"),
    },
    { title: "Scopes", cell: ({ authorization_scopes: all }) => wrapped(all?.join(" ")) },
    { title: "Target", cell: ({ target }) => wrapped(target) },
  ];
  return card(
    api.name,
    pill(api.type),
    facts([
      ["Address", value(api.url, "the address")],
      ["By path", value(api.path_url, "the address by path")],
      ["Stage", api.stage],
      ["Authorizers", api.authorizers.map(({ name, type }) => `${name} (${type})`).join(", ")],
    ]),
    h("h3", { class: "sub" }, "Routes"),
    table(`Routes of ${api.name}`, columns, api.routes),
    h("h3", { class: "sub" }, "Try it"),
    tryIt(api),
  );
}

/** One call, by the path at this server, with a token that is made for it. */
function tryIt(api) {
  const result = h("div", { role: "status" });
  const clients = world.user_pools.flatMap((pool) =>
    pool.clients.map(({ id, name }) => [`${pool.id} ${id}`, `${pool.name} · ${name}`]),
  );
  const named = (name) => `${name}:${api.name}`;
  const first = api.routes.find(({ route }) => route.includes(" "))?.route ?? "GET /";
  const [method, path] = first.split(" ");
  const fields = [
    {
      name: named("method"),
      label: "Method",
      options: METHODS,
      value: METHODS.includes(method) ? method : "GET",
    },
    { name: named("path"), label: "Path", value: path, required: true },
    {
      name: named("token"),
      label: "Token",
      options: [
        ["", "none"],
        ["AccessToken", "access token"],
        ["IdToken", "ID token"],
      ],
      value: clients.length ? usual(api) : "",
    },
    {
      name: named("client"),
      label: "App client",
      options: clients.length ? clients : [["", "none"]],
    },
    { name: named("user"), label: "User", hint: "By the name, or an alias." },
    { name: named("body"), label: "Body", type: "textarea" },
  ];
  const asked = async () => {
    const read = (name) => form.elements[named(name)].value;
    const headers = {};
    if (read("token")) headers.authorization = `Bearer ${await tokenFor(read)}`;
    const text = ["GET", "HEAD"].includes(read("method")) ? undefined : read("body");
    if (text) headers["content-type"] = "application/json";
    const path = `${new URL(api.path_url).pathname}${read("path")}`;
    return { method: read("method"), path, headers, text };
  };
  const onsubmit = (event) => {
    event.preventDefault();
    attempt(async () => {
      const { path, text: body, ...more } = await asked();
      const answer = await fetch(path, { ...more, body, cache: "no-store" });
      const kind = answer.ok ? "ok" : "bad";
      const told = [...answer.headers].map(([name, is]) => `${name}: ${is}`).join("\n");
      fill(
        result,
        h("p", { class: "row" }, pill(`${answer.status} ${answer.statusText}`, kind)),
        code(`${told}\n\n${await answer.text()}`, "the answer"),
      );
    });
  };
  const form = h(
    "form",
    { class: "bare try", onsubmit },
    h("div", { class: "columns" }, fields.map(field)),
    h(
      "div",
      { class: "row" },
      h("button", { class: "primary" }, "Call"),
      copyEach([["This call, with a token", asked]]),
    ),
    result,
  );
  return form;
}

/** A REST API's own authorizer takes ID tokens, and access tokens where a route names scopes. */
function usual({ type, routes }) {
  const hasScopes = routes.some(({ authorization_scopes: scopes }) => scopes?.length);
  return type === "REST" && !hasScopes ? "IdToken" : "AccessToken";
}

async function tokenFor(read) {
  const [pool, client_id] = read("client").split(" ");
  let username = read("user").trim();
  if (!username) {
    const { Users: users } = await send(idp("ListUsers", { UserPoolId: pool, Limit: 1 }));
    username = users[0]?.Username;
  }
  const tokens = await send(mocknito("POST", "tokens", { client_id, username }));
  return tokens[read("token")];
}
