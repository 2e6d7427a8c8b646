// The functions' journal: what each invocation was given and gave.

import {
  at,
  attempt,
  code,
  confirmed,
  facts,
  fill,
  h,
  none,
  note,
  pill,
  time,
  toast,
} from "./dom.js";
import { copyAs, follow, mocknito, send } from "./calls.js";
import { become, count, onPool, pool } from "./shell.js";

const list = h("ol", { class: "entries", role: "list", "aria-label": "Invocations, newest first" });
const nothing = h("div", {});
const filter = h("input", {
  id: "filter",
  type: "search",
  placeholder: "trigger, pool, text",
  autocomplete: "off",
  spellcheck: "false",
  oninput: () => refilter(),
});
const empty = h("button", { type: "button", class: "danger", onclick: clear }, "Empty the journal");
at("tools").append(
  h("label", { class: "unseen", for: "filter" }, "Filter"),
  filter,
  copyAs(() => mocknito("GET", "functions")),
  empty,
);
fill(at("content"), nothing, list);

/** Entry id → its list item. */
let shown = new Map();
let first = true;

function show({ requests: entries }) {
  const next = new Map();
  const fresh = first ? [] : entries.filter(({ id }) => !shown.has(id));
  entries.forEach((entry, index) => {
    const item = shown.get(entry.id) ?? render(entry);
    next.set(entry.id, item);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  for (const [id, item] of shown) if (!next.has(id)) item.remove();
  shown = next;
  first = false;
  if (fresh.length === 1) toast(`${called(fresh[0])} was called`);
  else if (fresh.length) toast(`${fresh.length} functions were called`);
  refilter();
}

/** A trigger of a pool, or a route of an API. */
const called = ({ trigger, route }) => trigger ?? route;

function render(entry) {
  const tries = entry.attempts > 1 ? ` in ${entry.attempts} attempts` : "";
  const user = entry.event?.userName;
  const pretty = (part) => code(JSON.stringify(part, null, 2), "it");
  const failed = entry.error && entry.error.kind.replaceAll("_", " ");
  const isMeant = location.hash === `#invocation-${entry.id}`;
  const box = h(
    "details",
    { class: "entry", open: isMeant },
    h(
      "summary",
      {},
      pill(failed ?? "answered", failed ? "bad" : "ok"),
      h("b", {}, entry.trigger_source ?? called(entry)),
      user && h("span", { class: "wrap soft" }, user),
      h("span", { class: "end soft num" }, `${entry.duration_ms.toFixed(1)} ms · `, time(entry.at)),
      entry.error && h("span", { class: "why" }, entry.error.message),
    ),
    h(
      "div",
      { class: "entry-body stack" },
      entry.error && note(`${entry.error.message}${tries}`, "bad"),
      facts([
        ["Pool", entry.user_pool_id && h("code", {}, entry.user_pool_id)],
        ["API", entry.api && h("code", {}, entry.api)],
        ["Function", h("code", {}, entry.function)],
        ["At", entry.target && h("code", {}, entry.target)],
      ]),
      h(
        "div",
        { class: "sides even" },
        h(
          "section",
          { class: "event", "aria-label": "Event" },
          h("h2", {}, "Event"),
          pretty(entry.event),
        ),
        !entry.error &&
          h(
            "section",
            { class: "answer", "aria-label": "Answer" },
            h("h2", {}, "Answer"),
            pretty(entry.answer),
          ),
      ),
    ),
  );
  const text = JSON.stringify(entry).toLowerCase();
  const data = { text, pool: entry.user_pool_id };
  return h("li", { id: `invocation-${entry.id}`, data }, h("article", {}, box));
}

function refilter() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = pool()?.id;
  let visible = 0;
  for (const item of shown.values()) {
    const matches = words.every((word) => item.dataset.text.includes(word));
    item.hidden = !matches || (only && item.dataset.pool !== only);
    visible += !item.hidden;
  }
  const all = shown.size;
  count(all ? `(${visible === all ? all : `${visible} of ${all}`})` : "");
  empty.hidden = all === 0;
  list.hidden = visible === 0;
  fill(
    nothing,
    visible === 0 &&
      (all
        ? none("Nothing here", "Nothing matches the filter.")
        : none(
            "No function has been called yet.",
            "Triggers of a pool that name a function are called as AWS calls them, and what they " +
              "were given and gave is kept here.",
          )),
  );
}

async function clear() {
  if (!(await confirmed("Empty the journal?", "All invocations are forgotten.", "Empty"))) return;
  attempt(() => send(mocknito("DELETE", "functions")), "The journal is empty");
}

onPool(refilter);
follow(() => "/_mocknito/functions", show, become);
