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
  else if (name === "value") {
    element.value = value;
    // What was drawn, to tell it from what somebody types.
    if (element.tagName !== "SELECT") element.defaultValue = value;
  }
  else if (name === "href") element.setAttribute("href", safe(value));
  else if (name === "checked") element.checked = element.defaultChecked = true;
  else if (name === "selected") element.selected = element.defaultSelected = true;
  else if (["disabled", "hidden", "open"].includes(name)) element[name] = true;
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

/** The section and the row that an element is in, as they are called. */
const whereIs = (element) => [
  element.parentElement?.closest("[aria-label]")?.getAttribute("aria-label"),
  element.closest("tr")?.cells[0]?.textContent,
];

/** What an element is found by once it was drawn anew: its id, or what it says and where. */
const sayingOf = (element) =>
  element.id && !element.id.startsWith("tabs-")
    ? `#${element.id}`
    : [
        ...whereIs(element),
        element.tagName,
        element.getAttribute("aria-label") ?? element.textContent,
      ].join("|");

const USABLE = "a, button, input, select, textarea, summary, [tabindex]";

/**
 * As `fill`, where the same is drawn anew: what somebody has opened stays open, what they have
 * typed stays typed, and the focus stays where it was.
 */
export function redraw(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : undefined;
  const focus = focused && sayingOf(focused);
  const ordinal = focused && found(element, USABLE, focus).indexOf(focused);
  const selection = focused && "selectionStart" in focused && focused.selectionStart !== null;
  const range = selection ? [focused.selectionStart, focused.selectionEnd] : undefined;
  const opened = [...element.querySelectorAll("details > summary")]
    .filter(({ parentElement }) => parentElement.open)
    .map(sayingOf);
  const typed = [...element.querySelectorAll("input[id], select[id], textarea[id]")]
    .filter(isChanged)
    .map(({ id, value, checked }) => ({ id, value, checked }));
  fill(element, ...children);
  for (const summary of element.querySelectorAll("details > summary")) {
    if (opened.includes(sayingOf(summary))) summary.parentElement.open = true;
  }
  for (const { id, value, checked } of typed) {
    const control = at(id);
    if (!control) continue;
    control.value = value;
    control.checked = checked;
  }
  if (!focused) return;
  const again = found(element, USABLE, focus);
  const target = again[ordinal] ?? again[0];
  target?.focus({ preventScroll: true });
  if (range && target && "selectionStart" in target) target.setSelectionRange(...range);
}

const found = (element, selector, saying) =>
  [...element.querySelectorAll(selector)].filter((one) => sayingOf(one) === saying);

/** Whether somebody has typed or chosen something else than was drawn. */
function isChanged(control) {
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  return [...control.options].some((option) => option.selected !== option.defaultSelected);
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

/**
 * A part that has to be asked for: drawn when its answer has come, and until then as it was, if it
 * was there before.
 */
export function part(name, make) {
  const before = document.querySelector(`#content [data-part="${CSS.escape(name)}"]`);
  const shown = before && [...before.childNodes].map((node) => node.cloneNode(true));
  const looking = h("p", { class: "soft" }, "Looking …");
  const place = h("div", { data: { part: name } }, shown ?? looking);
  Promise.resolve()
    .then(make)
    .catch((error) => h("p", { class: "soft" }, error.message))
    .then((content) => redraw(place, content));
  return place;
}

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
      .filter(([, value]) => ![undefined, null, false, ""].includes(value))
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

/** The first of many texts; the rest on demand. */
export function few(texts) {
  const line = (text) => h("li", {}, h("code", { class: "wrap" }, text));
  if (texts.length <= 3) return h("ul", {}, texts.map(line));
  return h(
    "div",
    {},
    h("ul", {}, texts.slice(0, 2).map(line)),
    h(
      "details",
      {},
      h("summary", {}, `and ${texts.length - 2} more`),
      h("ul", {}, texts.slice(2).map(line)),
    ),
  );
}

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
  // On a phone rows become cards (console.css); without their roles they would be rows no more.
  const head = columns.map(({ title, class: of }) =>
    h("th", { scope: "col", role: "columnheader", class: of }, title),
  );
  const line = (row) => {
    const href = leads?.(row);
    const cells = columns.map(({ title, cell, class: of }, index) =>
      h(
        "td",
        { class: of, role: "cell", data: { title } },
        h("div", {}, index === 0 && href ? h("a", { href }, cell(row)) : cell(row)),
      ),
    );
    const go = (event) => {
      if (!event.target.closest("a, button, input, summary") && !`${getSelection()}`) {
        location.href = safe(href);
      }
    };
    return h("tr", { role: "row", class: href && "leads", onclick: href && go }, cells);
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h(
      "table",
      { role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
      h("tbody", { role: "rowgroup" }, rows.map(line)),
    ),
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

/** A dialog that can be closed. `content(close)` makes what is in it. */
export function dialog(title, content) {
  const id = `dialog-${(dialogs += 1)}`;
  const box = h("dialog", { "aria-labelledby": id });
  const close = () => box.close();
  box.addEventListener("close", () => box.remove());
  box.append(h("div", { class: "inside" }, h("h2", { id }, title), ...flat([content(close)])));
  document.body.append(box);
  box.showModal();
  return close;
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
