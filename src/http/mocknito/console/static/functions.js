// The functions' journal: what each invocation was given and gave.

import { at, code, facts, fill, h, none, note, pill, time, toast } from "./dom.js";
import { copyAs, follow, mocknito } from "./calls.js";
import { changes } from "./actions.js";
import { filterBox, items, matches } from "./entries.js";
import { become, onPool, pool } from "./shell.js";

const list = h("ol", { class: "entries", role: "list", "aria-label": "Invocations, newest first" });
const nothing = h("div", {});
const [label, filter] = filterBox("trigger, pool, text", () => refilter());
const empty = changes("Clear the journal", clear, "danger");
at("tools").append(
  label,
  filter,
  copyAs(() => mocknito("GET", "functions")),
  empty,
);
fill(at("content"), nothing, list);

const shown = items(list, render);

function show({ requests: entries }) {
  const fresh = shown.update(entries);
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
        h("div", { class: "event" }, h("h2", {}, "Event"), pretty(entry.event)),
        !entry.error && h("div", { class: "answer" }, h("h2", {}, "Answer"), pretty(entry.answer)),
      ),
    ),
  );
  const text = JSON.stringify(entry).toLowerCase();
  const data = { text, pool: entry.user_pool_id };
  return h("li", { id: `invocation-${entry.id}`, data }, h("article", {}, box));
}

function refilter() {
  const only = pool()?.id;
  const { visible, all } = shown.narrow(
    (item) => matches(item, filter.value) && (!only || item.dataset.pool === only),
  );
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

function clear() {
  return {
    title: "Clear the journal?",
    text: "All invocations are forgotten.",
    action: "Clear",
    kind: "danger",
    calls: () => [mocknito("DELETE", "functions")],
    done: "The journal is empty",
  };
}

onPool(refilter);
follow(() => "/_mocknito/functions", show, become);
