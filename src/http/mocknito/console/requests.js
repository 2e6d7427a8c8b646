// The page of invocations: asks for the journal, waits until it changes, asks again. Everything that an entry holds is set as text.
"use strict";

const JOURNAL = "/_mocknito/requests";
const at = (id) => document.getElementById(id);
const [list, none, state, count, filter, empty, said, template] = [
  "messages", "none", "state", "count", "filter", "empty", "said", "request",
].map(at);

/** Entry id → its list item. */
let shown = new Map();
let first = true;

function show(entries) {
  const next = new Map();
  const fresh = [];
  entries.forEach((entry, index) => {
    let item = shown.get(entry.id);
    if (!item) {
      item = render(entry);
      if (!first) {
        item.classList.add("new");
        fresh.push(entry);
      }
    }
    next.set(entry.id, item);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  for (const [id, item] of shown) if (!next.has(id)) item.remove();
  shown = next;
  first = false;
  if (fresh.length) said.textContent = fresh.length === 1 ? `${fresh[0].trigger ?? fresh[0].route} was called` : `${fresh.length} new invocations`;
  refilter();
}

function render(entry) {
  const item = template.content.cloneNode(true).firstElementChild;
  const find = (selector) => item.querySelector(selector);
  const time = new Date(entry.at);
  const tries = entry.attempts > 1 ? `, ${entry.attempts} attempts` : "";

  find("h2").textContent = entry.trigger_source ?? entry.trigger ?? entry.route;
  find(".kind").textContent = `${entry.error ? entry.error.kind.replaceAll("_", " ") : "answered"} in ${entry.duration_ms.toFixed(1)} ms${tries} ·`;
  const stamp = find("time");
  stamp.dateTime = entry.at;
  stamp.textContent = time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
  stamp.title = entry.at;
  find(".to b").textContent = entry.user_pool_id ?? entry.api;
  const user = entry.event?.userName;
  find(".via").textContent = `${user ? `for ${user}, ` : ""}to ${entry.function}${entry.target ? `, at ${entry.target}` : ""}`;
  if (entry.error) {
    item.classList.add("failed");
    const body = find(".body");
    body.hidden = false;
    body.textContent = entry.error.message;
    find(".answer").remove();
  } else {
    find(".answer pre").textContent = JSON.stringify(entry.answer, null, 2);
  }
  find(".event pre").textContent = JSON.stringify(entry.event, null, 2);
  item.dataset.text = JSON.stringify(entry).toLowerCase();
  return item;
}

function refilter() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let visible = 0;
  for (const item of shown.values()) {
    item.hidden = !words.every((word) => item.dataset.text.includes(word));
    if (!item.hidden) visible += 1;
  }
  count.textContent = shown.size ? (visible === shown.size ? visible : `${visible} of ${shown.size}`) : "";
  empty.hidden = !shown.size;
  none.hidden = visible > 0;
  none.textContent = shown.size ? "Nothing matches the filter." : "No function has been called yet.";
}

/** Set only where it changes: a screen reader reads out what is set. */
function become(word, text) {
  if (state.textContent === text) return;
  state.className = word;
  state.textContent = text;
}

async function follow() {
  let version;
  for (let failures = 0; ; ) {
    try {
      const query = version === undefined ? "" : `?since=${version}&wait=30s`;
      const answer = await fetch(JOURNAL + query, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const journal = await answer.json();
      version = journal.version;
      failures = 0;
      become("live", "Live");
      show(journal.requests);
    } catch {
      become("lost", "No connection. Trying again …");
      version = undefined;
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, 10_000)));
    }
  }
}

filter.addEventListener("input", refilter);
empty.addEventListener("click", async () => {
  if (!confirm("Delete all invocations?")) return;
  const answer = await fetch(JOURNAL, { method: "DELETE" }).catch(() => null);
  said.textContent = answer?.ok ? "The journal is empty" : "The journal could not be emptied";
});
follow();
