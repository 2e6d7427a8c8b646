// The inbox: asks for the messages, waits until they change, asks again. What a message holds is
// set as text; a mail's markup stands in a frame that may run nothing and load nothing.

import { at, code, copy, fill, h, none, tabs, time, toast } from "./dom.js";
import { copyAs, follow, mocknito } from "./calls.js";
import { changes } from "./actions.js";
import { filterBox, items } from "./entries.js";
import { become, onPool, pool } from "./shell.js";

const KINDS = {
  sign_up: "Sign-up",
  resend_code: "Sign-up, sent again",
  forgot_password: "Forgotten password",
  invitation: "Invitation",
  verify_attribute: "Address verification",
  authentication: "Sign-in code",
};
/** What mail has and plain text has not. */
const MARKUP = /<\/?[a-z][^>]*>/i;
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

const list = h("ol", { id: "messages", role: "list", "aria-label": "Messages, newest first" });
const nothing = h("div", {});
const [label, filter] = filterBox("address, kind, text", () => refilter());
const empty = changes("Clear the inbox", clear, "danger");
at("tools").append(
  label,
  filter,
  copyAs(() => mocknito("GET", "inbox")),
  empty,
);
fill(at("content"), nothing, list);

const shown = items(list, render);

function show({ messages }) {
  const fresh = shown.update(messages);
  if (fresh.length === 1) toast(`New message to ${fresh[0].to}`);
  else if (fresh.length) toast(`${fresh.length} new messages`);
  refilter();
}

function render(message, isNew) {
  const kind = KINDS[message.kind] ?? message.kind.replaceAll("_", " ");
  const isSms = message.medium === "SMS";
  const isMarkup = !isSms && MARKUP.test(message.body);
  const via = `by ${isSms ? "SMS" : "e-mail"} from ${message.user_pool_id}`;
  const head = h(
    "div",
    { class: "head" },
    h("h2", {}, message.subject ?? kind),
    h("p", { class: "meta" }, message.subject ? `${kind} · ` : "", time(message.created_at)),
  );
  const found =
    message.code &&
    h(
      "div",
      { class: "found" },
      h("output", {}, message.code),
      copy(message.code, `the code for ${message.to}`),
      message.expires_at && h("span", { class: "soft" }, "until ", time(message.expires_at)),
    );
  const article = h(
    "article",
    { class: isSms ? "sms" : "mail" },
    head,
    h("p", { class: "to" }, "To ", h("b", {}, message.to), ` ${via}`),
    found,
    isSms ? phone(message) : isMarkup ? markup(message) : plain(message),
  );
  const words = [
    message.to,
    message.kind,
    kind,
    message.subject,
    message.body,
    message.user_pool_id,
  ];
  return h(
    "li",
    {
      class: isNew && "new",
      data: { text: words.join("\n").toLowerCase(), pool: message.user_pool_id },
    },
    article,
  );
}

function phone(message) {
  return h(
    "div",
    { class: "phone" },
    h("p", { class: "from" }, "Text message"),
    h("p", { class: "bubble" }, linked(message.body)),
  );
}

/** A message that is nothing but its code was shown already. */
function plain(message) {
  return message.body.trim() !== message.code && h("p", { class: "body" }, linked(message.body));
}

function markup(message) {
  const links = linksOf(message.body);
  return [
    tabs(`The mail to ${message.to}`, [
      ["HTML", () => frame(message)],
      ["Text", () => h("p", { class: "body" }, linked(textOf(message.body)))],
      ["Source", () => code(message.body, "the source")],
    ]),
    links.length > 0 &&
      h(
        "ul",
        { class: "links" },
        links.map((link) => h("li", {}, anchor(link))),
      ),
  ];
}

function frame(message) {
  const box = h("iframe", {
    loading: "lazy",
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    referrerpolicy: "no-referrer",
    title: `The mail to ${message.to} as it looks`,
  });
  // No script, no form, no image from elsewhere: the sandbox and this page's policy see to it.
  // Links open beside this page.
  box.srcdoc =
    '<!doctype html><meta name="color-scheme" content="light"><base target="_blank">' +
    "<style>body{font:1rem/1.5 system-ui,sans-serif;margin:.75rem;overflow-wrap:anywhere}</style>" +
    message.body;
  return box;
}

/** Parsed without being shown or run. */
const parsed = (source) => new DOMParser().parseFromString(source, "text/html");

function textOf(source) {
  const { body } = parsed(source.replace(/<br\s*\/?>|<\/(p|div|h\d|li|tr)>/gi, "$&\n"));
  for (const unread of body.querySelectorAll("script, style, template")) unread.remove();
  return body.textContent.replace(/\n{3,}/g, "\n\n").trim();
}

/** The addresses that a mail's links lead to. */
function linksOf(source) {
  const links = [...parsed(source).querySelectorAll("a[href]")];
  const targets = links.map((link) => link.getAttribute("href").trim());
  return [...new Set(targets.filter((target) => /^https?:\/\//i.test(target)))];
}

const anchor = (href) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, href);

/** Text with its addresses made clickable. */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(end, found.index), anchor(found[0]));
    end = found.index + found[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function refilter() {
  const wanted = filter.value.trim().toLowerCase();
  const only = pool()?.id;
  const { visible, all } = shown.narrow(
    (item) => item.dataset.text.includes(wanted) && (!only || item.dataset.pool === only),
  );
  document.title = all ? `Inbox (${all}) – Mocknito` : "Inbox – Mocknito";
  empty.hidden = all === 0;
  fill(
    nothing,
    visible === 0 &&
      (all
        ? none("Nothing here", "No message matches the filter.")
        : none(
            "No messages yet.",
            "What would be sent appears here by itself: codes of sign-ups and of forgotten " +
              "passwords, invitations, second factors.",
          )),
  );
}

function clear() {
  return {
    title: "Clear the inbox?",
    text: "All messages of all pools are deleted.",
    action: "Clear",
    kind: "danger",
    calls: () => [mocknito("DELETE", "inbox")],
    done: "The inbox is empty",
  };
}

onPool(refilter);
follow(() => "/_mocknito/inbox", show, become);
