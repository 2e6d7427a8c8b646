// What pages are built of. Everything that comes from the store becomes text here, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `props` are attributes, listeners (`onclick`), `class`, `data` and properties such as
 * `value`; children are elements, texts, lists of them, or nothing.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) put(element, name, value);
  element.append(...flat(children));
  return element;
}

function put(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "value") element.value = value;
  else if (name === "href") element.setAttribute("href", safe(value));
  else if (["checked", "disabled", "hidden", "selected", "open"].includes(name))
    element[name] = true;
  else element.setAttribute(name, value === true ? "" : value);
}

/** Addresses may come from anybody: only those that run nothing become links. */
function safe(address) {
  try {
    const { protocol } = new URL(address, location.href);
    if (["http:", "https:", "mailto:"].includes(protocol)) return address;
  } catch {
    // Not an address.
  }
  return "#";
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== undefined && child !== null && child !== false)
    .map((child) => (child instanceof Node ? child : `${child}`));
}

export const at = (id) => document.getElementById(id);

/** Puts these in the place of whatever an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
}

/** An icon by its path, as in the navigation. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Text that may be long: it wraps anywhere. */
export const wrapped = (text) => h("span", { class: "wrap" }, text ?? "");
export const pill = (text, kind = "") => h("span", { class: `pill ${kind}` }, text);
export const note = (text, kind = "") => h("p", { class: `note ${kind}` }, text);

/** What a page says that has nothing to show. */
export const none = (title, text, ...actions) =>
  h(
    "div",
    { class: "none" },
    h("h2", {}, title),
    text && h("p", {}, text),
    actions.length > 0 && h("div", { class: "row" }, actions),
  );

/** Names and values; those without a value are left out. `[["Region", "eu-west-1"], …]` */
export const facts = (rows) =>
  h(
    "dl",
    { class: "facts" },
    rows
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

/** A value in code type, with a button that copies it. */
export const value = (text, what) =>
  h("span", { class: "value" }, h("code", {}, text), copy(text, what));

/** A button that copies; `text` may be a function that makes it. */
export function copy(text, what, label = "Copy") {
  const button = h("button", {
    type: "button",
    class: "small plain",
    onclick: async () => {
      const done = await toClipboard(typeof text === "function" ? await text() : text, button);
      named(button, done ? "Copied" : "Not copied");
      setTimeout(() => named(button, label), 1500);
    },
  });
  // What is read out begins with what is seen.
  const named = (button, text) => {
    button.textContent = text;
    if (what) button.setAttribute("aria-label", `${text} ${what}`);
  };
  named(button, label);
  return button;
}

/** A block of code with its copy button. */
export const code = (text, what = "this") =>
  h("div", { class: "code" }, h("pre", { tabindex: "0" }, text), copy(text, what));

export async function toClipboard(text, focus) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Clipboards need https or localhost; the old way works everywhere.
    const field = h("textarea", { class: "unseen", value: text });
    (focus?.closest("dialog") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focus?.focus();
    return done;
  }
}

/** An instant: RFC 3339, or seconds as the AWS APIs give it. */
export function time(instant) {
  const date = new Date(typeof instant === "number" ? instant * 1000 : instant);
  if (Number.isNaN(date.getTime())) return h("span", {}, `${instant}`);
  return h("time", { datetime: date.toISOString(), title: date.toISOString() }, clockText(date));
}

/** The day on the server's clock, as `dayIs` was last told. */
let serverDay = new Date().toDateString();

/** Without its day where that is today, here and on the server: a moved clock leaves no doubt. */
export function clockText(date) {
  const day = date.toDateString();
  const isToday = day === serverDay && day === new Date().toDateString();
  return isToday ? date.toLocaleTimeString() : date.toLocaleString();
}

/** Tells which day it is on the server; what is shown already gets its day, or loses it. */
export function dayIs(date) {
  if (date.toDateString() === serverDay) return;
  serverDay = date.toDateString();
  for (const shown of document.querySelectorAll("time")) {
    shown.textContent = clockText(new Date(shown.dateTime));
  }
}

/**
 * A table. `columns` are `{ title, cell: (row) => content, class? }`; `leads(row)` gives where a
 * row leads: its first cell becomes the link, and the whole row takes clicks.
 */
export function table(label, columns, rows, leads) {
  const head = columns.map(({ title, class: of }) => h("th", { scope: "col", class: of }, title));
  const line = (row) => {
    const href = leads?.(row);
    const cells = columns.map(({ cell, class: of }, index) =>
      h("td", { class: of }, index === 0 && href ? h("a", { href }, cell(row)) : cell(row)),
    );
    const go = (event) => {
      if (!event.target.closest("a, button, input, summary") && !`${getSelection()}`) {
        location.href = safe(href);
      }
    };
    return h("tr", { class: href && "leads", onclick: href && go }, cells);
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows.map(line))),
  );
}

/** Label of tabs → which was opened last, so that drawing a page again does not turn them back. */
const turnedTo = new Map();

/** Tabs: `[["HTML", () => content], …]`. What is behind one is made when it is opened. */
export function tabs(label, entries) {
  const id = `tabs-${Math.random().toString(36).slice(2)}`;
  const panel = h("div", { role: "tabpanel", id: `${id}-panel` });
  const open = (index, focus) => {
    turnedTo.set(label, index);
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", at === index);
      button.tabIndex = at === index ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[index].id);
    fill(panel, entries[index][1]());
    if (focus) buttons[index].focus();
  };
  const step = (event, index) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) open((index + by + entries.length) % entries.length, true);
  };
  const buttons = entries.map(([name], index) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${id}-${index}`,
        "aria-controls": `${id}-panel`,
        onclick: () => open(index),
        onkeydown: (event) => step(event, index),
      },
      name,
    ),
  );
  open(Math.min(turnedTo.get(label) ?? 0, entries.length - 1));
  return h(
    "div",
    {},
    h("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons),
    panel,
  );
}

/** A few words that go away by themselves. */
export function toast(text, kind = "") {
  const line = h("p", { class: kind }, text);
  at("toasts").append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 10_000 : 3_500);
}

/** Does something, and says so, or why not. */
export async function attempt(work, done) {
  try {
    const result = await work();
    if (done) toast(done);
    return result ?? true;
  } catch (error) {
    toast(
      `${error.name && error.name !== "Error" ? `${error.name}: ` : ""}${error.message}`,
      "bad",
    );
    return undefined;
  }
}

let dialogs = 0;

/** A dialog that can be closed. `content(close)` makes what is in it; `closed()` is called after. */
export function dialog(title, content, closed) {
  const id = `dialog-${(dialogs += 1)}`;
  const box = h("dialog", { "aria-labelledby": id });
  const close = () => box.close();
  box.addEventListener("close", () => {
    box.remove();
    closed?.();
  });
  box.append(h("div", { class: "inside" }, h("h2", { id }, title), ...flat([content(close)])));
  document.body.append(box);
  box.showModal();
  return close;
}

/** Asks before something is done that cannot be undone. True when it was agreed to. */
export function confirmed(question, text, action) {
  return new Promise((resolve) => {
    let agreed = false;
    const content = (close) => {
      const yes = () => {
        agreed = true;
        close();
      };
      return [
        text && h("p", { class: "wrap" }, text),
        h(
          "div",
          { class: "actions" },
          h("button", { type: "button", onclick: close, autofocus: true }, "Cancel"),
          h("button", { type: "button", class: "danger", onclick: yes }, action),
        ),
      ];
    };
    dialog(question, content, () => resolve(agreed));
  });
}

/** A field of a form: `{ name, label, type?, value?, hint?, options?, required? }`. */
export function field({ name, label, type = "text", value, hint, options, required, ...rest }) {
  const id = `field-${name}`;
  const described = hint ? `${id}-hint` : undefined;
  if (type === "checkbox") {
    const box = h("input", { type, id, name, checked: value, "aria-describedby": described });
    return h(
      "div",
      { class: "check" },
      box,
      h("label", { for: id }, label),
      hint && h("small", { id: described, class: "soft" }, hint),
    );
  }
  const shared = { id, name, required, "aria-describedby": described, ...rest };
  let control;
  if (options) {
    const entries = options.map((option) => {
      const [key, text] = Array.isArray(option) ? option : [option, option];
      return h("option", { value: key, selected: key === value }, text);
    });
    control = h("select", shared, entries);
  } else if (type === "textarea") {
    control = h("textarea", { ...shared, value, spellcheck: "false" });
  } else {
    control = h("input", { ...shared, type, value, autocomplete: "off", spellcheck: "false" });
  }
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint && h("small", { id: described }, hint),
  );
}

/** Whether somebody is at something that would be gone if the page were drawn anew. */
export const isBusy = () => document.querySelector("dialog, main details.menu[open]") !== null;

/** Waits until nobody is. */
export async function idle() {
  while (isBusy()) await new Promise((resolve) => setTimeout(resolve, 300));
}

/** Menus close when one clicks beside them or presses Escape. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
