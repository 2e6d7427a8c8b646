// What is around every page: which pool is looked at, the navigation that carries it along, and the
// server's clock. Pages import from here; nobody loads it by itself.

import { at, attempt, clockText, dayIs, fill, h, redraw } from "./dom.js";
import { copyEach, mocknito, send } from "./calls.js";

/** Whether a page is about one pool, about all unless one is chosen, or about none. */
const ABOUT = document.body.dataset.pools;
const REMEMBERED = "mocknito.pool";
const listeners = new Set();

/** What the server has: `{ server, user_pools, identity_pools }`, see GET /_mocknito/pools. */
export let world = { server: {}, user_pools: [], identity_pools: [] };
let known = "";

/** The pool that is looked at; undefined where that is all of them, or where there is none. */
export function pool() {
  const named = world.user_pools.find(({ id }) => id === chosen());
  return ABOUT === "all" ? named : (named ?? world.user_pools[0]);
}

function chosen() {
  const asked = new URLSearchParams(location.search).get("pool");
  if (asked !== null) return asked;
  return ABOUT === "one" ? (sessionStorage.getItem(REMEMBERED) ?? "") : "";
}

/** The page of a pool's users, or of one of them. */
export function usersAddress(pool, username) {
  const query = new URLSearchParams({ pool });
  if (username !== undefined) query.set("user", username);
  return `/_mocknito/users?${query}`;
}

/** Calls `show(pool, world)` now that they are known, and whenever another one is chosen. */
export function onPool(show) {
  listeners.add(show);
  if (known) show(pool(), world);
}

function tell() {
  for (const show of listeners) show(pool(), world);
}

/** Looks again what pools there are; pages call it after they have changed something. */
export async function refresh() {
  const found = await send(mocknito("GET", "pools"));
  const text = JSON.stringify(found);
  if (text === known) return;
  known = text;
  world = found;
  drawSwitcher();
  leadOn();
  tell();
}

function drawSwitcher() {
  const select = at("pool");
  const now = pool()?.id ?? "";
  const regions = new Map();
  for (const pool of world.user_pools) {
    regions.set(pool.region, [...(regions.get(pool.region) ?? []), pool]);
  }
  const groups = [...regions].map(([region, pools]) =>
    h(
      "optgroup",
      { label: region },
      pools.map(({ id, name }) =>
        h("option", { value: id, selected: id === now }, `${name} · ${id}`),
      ),
    ),
  );
  fill(select, ABOUT === "all" && h("option", { value: "" }, "All user pools"), groups);
  select.value = now;
  select.closest(".switcher").hidden = ABOUT === "none" || world.user_pools.length === 0;
}

/** The navigation's links keep the pool that was chosen, and show what there is only. */
function leadOn() {
  const id = pool()?.id;
  const isChosen = new URLSearchParams(location.search).has("pool") || ABOUT === "one";
  for (const link of document.querySelectorAll(".side a")) {
    const address = new URL(link.href);
    // A request that names no pool would be missed among those of one: nobody asked for that.
    const isOfAll = link.parentElement.dataset.page === "requests";
    if (id && isChosen && !isOfAll) address.searchParams.set("pool", id);
    else address.searchParams.delete("pool");
    link.href = `${address.pathname}${address.search}`;
  }
  const there = { identity: world.identity_pools.length, apis: world.apis };
  for (const [name, count] of Object.entries(there)) {
    const entry = document.querySelector(`.side [data-page="${name}"]`);
    if (entry) entry.hidden = !count && !entry.querySelector("[aria-current]");
  }
}

at("pool").addEventListener("change", ({ target }) => {
  const address = new URL(location.href);
  // What else the address says is about the pool that was.
  address.search = target.value ? `?pool=${encodeURIComponent(target.value)}` : "";
  history.pushState(null, "", address);
  sessionStorage.setItem(REMEMBERED, target.value);
  leadOn();
  tell();
});
// On a phone the navigation is a row, of which only a part is seen.
const here = document.querySelector(".side [aria-current]");
here?.scrollIntoView({ block: "nearest", inline: "center" });
addEventListener("popstate", () => {
  drawSwitcher();
  leadOn();
  tell();
});

/** How a page's own list is kept up to date, beside its title. */
export function become(word, text) {
  const state = at("state");
  state.hidden = false;
  // A screen reader reads out what is set, so only changes are.
  if (state.textContent === text) return;
  state.className = `state ${word}`;
  state.textContent = text;
}

export function count(text) {
  at("count").textContent = text;
}

/** The server's time minus the browser's, as it was last told; undefined while it stands. */
let clock;

async function readClock() {
  show(await send(mocknito("GET", "clock")));
}

function show(reading) {
  clock = { ...reading, since: Date.now(), at: Date.parse(reading.now) };
  const moved = reading.offset !== "0s";
  at("clock").classList.toggle("moved", moved || reading.frozen);
  const how = at("clock-how");
  how.hidden = !moved && !reading.frozen;
  const by = reading.offset.startsWith("-") ? reading.offset : `+${reading.offset}`;
  how.textContent = [moved && short(by), reading.frozen && "frozen"].filter(Boolean).join(", ");
  how.className = "pill warn";
  tick();
  if (!at("clock").open || !at("clock-panel").firstChild) drawClock();
}

/** `+93784s` is nothing that one reads. */
function short(by) {
  const seconds = by.match(/^([+-])(\d+)(ms|s|m)$/);
  if (!seconds) return by;
  const [, sign, number, unit] = seconds;
  const total = number * { ms: 0.001, s: 1, m: 60 }[unit];
  if (total < 120) return by;
  const parts = [
    ["d", 86400],
    ["h", 3600],
    ["m", 60],
  ];
  let left = total;
  const words = parts.flatMap(([name, size]) => {
    const many = Math.floor(left / size);
    left -= many * size;
    return many ? `${many}${name}` : [];
  });
  return sign + words.slice(0, 2).join(" ");
}

/** What the server's clock shows now. */
export function now() {
  if (!clock) return Date.now();
  return clock.frozen ? clock.at : clock.at + Date.now() - clock.since;
}

function tick() {
  const time = new Date(now());
  dayIs(time);
  at("clock-now").textContent = clockText(time);
}

function drawClock() {
  const change = (body) => () =>
    attempt(async () => {
      show(await send(mocknito("POST", "clock", body())));
      drawClock();
    });
  const input = h("input", {
    id: "clock-to",
    type: "text",
    value: clock.now.replace(/\.\d+Z$/, "Z"),
    spellcheck: "false",
    autocomplete: "off",
  });
  const steps = [
    ["+1 h", () => ({ advance: "1h" })],
    ["+1 d", () => ({ advance: "1d" })],
    ["+30 d", () => ({ advance: "30d" })],
    clock.frozen
      ? ["Let it run", () => ({ frozen: false })]
      : ["Freeze", () => ({ frozen: true })],
    ["Reset", () => ({ reset: true })],
  ];
  const set = ["Set", () => ({ now: input.value.trim() })];
  const onsubmit = (event) => {
    event.preventDefault();
    change(set[1])();
  };
  redraw(
    at("clock-panel"),
    h("h2", {}, "The server’s clock"),
    h(
      "p",
      { class: "hint" },
      "Codes, sessions and tokens expire by it. Moving it is how a test sees them expire.",
    ),
    h(
      "div",
      { class: "row clock-steps" },
      steps.map(([label, body]) => {
        const kind = label === "Reset" && "danger";
        return h("button", { type: "button", class: kind, onclick: change(body) }, label);
      }),
    ),
    h(
      "form",
      { class: "row clock-set", onsubmit },
      h("label", { class: "unseen", for: "clock-to" }, "Set the clock to"),
      input,
      h("button", {}, "Set"),
    ),
    copyEach(
      [...steps, set].map(([label, body]) => [label, () => mocknito("POST", "clock", body())]),
    ),
  );
  if (!at("clock-panel").contains(document.activeElement) && at("clock").open) {
    // "Freeze" has become "Let it run".
    at("clock-panel").querySelectorAll(".clock-steps button")[3].focus();
  }
}

/** Done while the page is seen: others change things as well. */
async function keepUp() {
  if (document.hidden) return;
  await Promise.all([refresh(), readClock()]).catch(() => {});
}

/** As in many tools, a slash leads to the page's filter. */
document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, textarea, select, dialog, [contenteditable]");
  if (event.key !== "/" || types || event.ctrlKey || event.metaKey || event.altKey) return;
  const filter = at("filter");
  if (!filter) return;
  event.preventDefault();
  filter.focus();
});

setInterval(tick, 1000);
setInterval(keepUp, 5000);
document.addEventListener("visibilitychange", keepUp);
keepUp();
