// What a run has used of what there is: operations, flows, challenges, triggers, endpoints,
// refusals.

import { at, attempt, h, pill, redraw } from "./dom.js";
import { copyAs, mocknito, send } from "./calls.js";
import { filterBox } from "./entries.js";
import { onPool } from "./shell.js";

const unused = h("input", { type: "checkbox", id: "unused", onchange: () => draw() });
const [label, filter] = filterBox("name", () => draw());
at("tools").append(
  h("span", { class: "check" }, unused, h("label", { for: "unused" }, "What is unused only")),
  label,
  filter,
  copyAs(() => mocknito("GET", "coverage")),
);

const opened = new Set();
let kinds = {};

/** Kinds of things are the members that have a share: `{ used, of, names: { name: count } }`. */
function draw() {
  const shares = Object.entries(kinds).filter(([, share]) => share?.names);
  redraw(at("content"), h("div", { class: "stack" }, shares.map(section)));
}

function section([kind, { used, of, names }]) {
  const wanted = filter.value.trim().toLowerCase();
  const shown = Object.entries(names).filter(
    ([name, count]) => name.toLowerCase().includes(wanted) && !(unused.checked && count > 0),
  );
  const title = kind.replaceAll("_", " ");
  const box = h(
    "details",
    {
      class: "share",
      open: opened.has(kind) || wanted !== "",
      ontoggle: () => (box.open ? opened.add(kind) : opened.delete(kind)),
    },
    h(
      "summary",
      {},
      h("b", {}, title[0].toUpperCase() + title.slice(1)),
      h("meter", { min: "0", max: of, value: used, "aria-label": `${used} of ${of} ${title}` }),
      h("span", { class: "num soft" }, `${used} of ${of}`),
    ),
    h(
      "ul",
      { class: "names" },
      shown.map(([name, count]) =>
        h(
          "li",
          {},
          h("code", { class: "wrap" }, name),
          count ? pill(`${count}`, "ok") : pill("never"),
        ),
      ),
    ),
  );
  return h("section", { class: "card", "aria-label": title }, box);
}

let known = "";

async function look() {
  if (document.hidden) return;
  const found = await send(mocknito("GET", "coverage"));
  const text = JSON.stringify(found);
  if (text === known) return;
  known = text;
  kinds = found.coverage ?? found;
  draw();
}

let begun = false;
onPool(() => {
  if (begun) return;
  begun = true;
  attempt(look);
  setInterval(() => look().catch(() => {}), 3000);
});
