// Every call of every door: a list that follows what happens, and each entry with why it was
// refused, what it was given and gave, and what it caused.

import { at, code, copy, facts, fill, h, none, pill, time } from "./dom.js";
import { copyAs, follow, mocknito } from "./calls.js";
import { changes } from "./actions.js";
import { filterBox, items, matches } from "./entries.js";
import { become, onPool, pool, usersAddress } from "./shell.js";

const OUTCOMES = [
  ["", "All outcomes"],
  ["ok", "Succeeded"],
  ["refused", "Refused"],
  ["failed", "Failed"],
];
const DOORS = [
  ["", "All endpoints"],
  ["api", "AWS APIs"],
  ["oauth", "OAuth 2.0 endpoints"],
  ["pages", "Managed login pages"],
  ["gateway", "API gateways"],
];

const list = h("ol", { class: "entries", role: "list", "aria-label": "Requests, newest first" });
const nothing = h("div", {});
const query = new URLSearchParams(location.search);
const choice = (id, label, options) => [
  h("label", { class: "unseen", for: id }, label),
  h(
    "select",
    { id, onchange: () => changed() },
    options.map(([value, text]) =>
      h("option", { value, selected: value === (query.get(id) ?? "") }, text),
    ),
  ),
];
const [label, filter] = filterBox(
  "operation, user, error, text",
  () => refilter(),
  query.get("q") ?? "",
);
const empty = changes("Clear", clear, "danger");
fill(
  at("tools"),
  choice("outcome", "Outcome", OUTCOMES),
  choice("door", "Endpoint", DOORS),
  label,
  filter,
);
at("tools").append(
  copyAs(() => mocknito("GET", path().slice("/_mocknito/".length))),
  empty,
);
at("tools").classList.add("filters");
fill(at("content"), nothing, list);

function path() {
  const asked = new URLSearchParams({ limit: "200" });
  for (const id of ["outcome", "door"]) if (at(id).value) asked.set(id, at(id).value);
  for (const name of ["username", "client_id", "operation"]) {
    if (query.get(name)) asked.set(name, query.get(name));
  }
  if (pool()) asked.set("user_pool_id", pool().id);
  return `/_mocknito/requests?${asked}`;
}

const shown = items(list, render);
let again = () => {};

function changed() {
  const address = new URL(location.href);
  for (const id of ["outcome", "door"]) {
    if (at(id).value) address.searchParams.set(id, at(id).value);
    else address.searchParams.delete(id);
  }
  history.replaceState(null, "", address);
  again();
}

function show({ requests }) {
  shown.update(requests);
  refilter();
}

function render(entry) {
  const kind = entry.status >= 500 ? "bad" : entry.error ? "warn" : "ok";
  const body = h("div", { class: "entry-body stack" });
  const box = h(
    "details",
    {
      class: "entry",
      ontoggle: () => box.open && !body.firstChild && fill(body, detail(entry)),
    },
    h(
      "summary",
      {},
      pill(`${entry.status}`, kind),
      h("b", {}, entry.operation),
      entry.username && h("span", { class: "wrap soft" }, entry.username),
      entry.error && h("code", { class: "error" }, entry.error),
      caused(entry),
      h("span", { class: "end soft num" }, `${entry.duration_ms.toFixed(1)} ms · `, time(entry.at)),
      entry.why && h("span", { class: "why" }, entry.why),
    ),
    body,
  );
  if (location.hash === `#request-${entry.id}`) box.open = true;
  return h(
    "li",
    { id: `request-${entry.id}`, data: { text: JSON.stringify(entry).toLowerCase() } },
    h("article", {}, box),
  );
}

function caused({ functions = [], messages = [] }) {
  const number = (many, one) => many > 0 && pill(`${many} ${one}${many === 1 ? "" : "s"}`, "mark");
  return [number(functions.length, "function"), number(messages.length, "message")];
}

function detail(entry) {
  const pretty = (part, what) => code(JSON.stringify(part, null, 2), what);
  const rows = [
    ["Reason code", entry.situation && h("code", {}, entry.situation)],
    ["Endpoint", DOORS.find(([door]) => door === entry.door)?.[1] ?? entry.door],
    ["User pool", entry.user_pool_id && h("code", {}, entry.user_pool_id)],
    ["App client", entry.client_id && h("code", {}, entry.client_id)],
    [
      "User",
      entry.username &&
        (entry.user_pool_id
          ? h("a", { href: usersAddress(entry.user_pool_id, entry.username) }, entry.username)
          : entry.username),
    ],
    ["Request id", entry.request_id && h("code", {}, entry.request_id)],
  ];
  return [
    entry.why &&
      h(
        "div",
        { class: `note ${entry.status >= 500 ? "bad" : "warn"}` },
        h("b", {}, "Why: "),
        entry.why,
      ),
    facts(rows),
    h(
      "div",
      { class: "row" },
      (entry.functions ?? []).map((id) =>
        h(
          "a",
          { class: "button small", href: `/_mocknito/functions#invocation-${id}` },
          `Function ${id}`,
        ),
      ),
      (entry.messages ?? []).length > 0 &&
        h("a", { class: "button small", href: "/_mocknito/inbox" }, "Messages in the inbox"),
      copy(JSON.stringify(entry, null, 2), undefined, "Copy as JSON"),
    ),
    h(
      "div",
      { class: "sides even" },
      h("div", {}, h("h2", {}, "Input"), pretty(entry.input, "the input")),
      h("div", {}, h("h2", {}, "Output"), pretty(entry.output, "the output")),
    ),
    h("p", { class: "hint" }, "Passwords, secrets, codes, sessions and tokens are withheld."),
  ];
}

function refilter() {
  const { visible, all } = shown.narrow((item) => matches(item, filter.value));
  empty.hidden = all === 0;
  list.hidden = visible === 0;
  const narrowed = at("outcome").value || at("door").value || filter.value || pool();
  fill(
    nothing,
    visible === 0 &&
      (narrowed
        ? none(
            "Nothing here",
            pool()
              ? `No request that names ${pool().id} matches. Those that name no pool are seen ` +
                  "with all user pools."
              : "No request matches the filter.",
          )
        : none(
            "No requests yet.",
            "Each call of the AWS APIs, the OAuth endpoints and the hosted pages appears here, " +
              "and why it was refused.",
          )),
  );
}

function clear() {
  return {
    title: "Clear the requests?",
    text: "All of them are forgotten; the server goes on.",
    action: "Clear",
    kind: "danger",
    calls: () => [mocknito("DELETE", "requests")],
    done: "The requests are forgotten",
  };
}

let following = false;
onPool(() => {
  if (following) return again();
  following = true;
  again = follow(path, show, become);
  return undefined;
});
