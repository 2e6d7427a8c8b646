// What pages share that follow a list of the server: the inbox and the journals.

import { h } from "./dom.js";
import { count } from "./shell.js";

/** A page's filter with its label, unseen: `[label, input]`. */
export function filterBox(placeholder, oninput, value = "") {
  const input = h("input", {
    id: "filter",
    type: "search",
    value,
    placeholder,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    oninput,
  });
  return [h("label", { class: "unseen", for: "filter" }, "Filter"), input];
}

/** Whether an item's text has each of these words. */
export function matches(item, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => item.dataset.text.includes(word));
}

/** The items in `list`, an element: one for each entry, which stays for as long as the entry. */
export function items(list, render) {
  /** Entry id → its item. */
  let shown = new Map();
  let first = true;

  /** Shows these; gives those that have come since the last time. */
  function update(entries) {
    const fresh = first ? [] : entries.filter(({ id }) => !shown.has(id));
    const next = new Map();
    entries.forEach((entry, index) => {
      const item = shown.get(entry.id) ?? render(entry, !first);
      next.set(entry.id, item);
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    });
    for (const [id, item] of shown) if (!next.has(id)) item.remove();
    shown = next;
    first = false;
    return fresh;
  }

  /** Hides those that are not wanted, and says beside the title how many are seen, of how many. */
  function narrow(isWanted) {
    let visible = 0;
    for (const item of shown.values()) {
      item.hidden = !isWanted(item);
      visible += !item.hidden;
    }
    const all = shown.size;
    count(all ? `(${visible === all ? all : `${visible} of ${all}`})` : "");
    return { visible, all };
  }

  return { update, narrow };
}
