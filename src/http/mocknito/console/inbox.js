// The inbox page: asks for the messages, waits until they change, asks again. Everything that a message holds is set as text.
"use strict";

const INBOX = "/_mocknito/inbox";
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

const at = (id) => document.getElementById(id);
const [list, none, state, count, filter, empty, said, template] = [
  "messages", "none", "state", "count", "filter", "empty", "said", "message",
].map(at);

/** Message id → its list item. */
let shown = new Map();
let first = true;

function show(messages) {
  const next = new Map();
  const fresh = [];
  messages.forEach((message, index) => {
    let item = shown.get(message.id);
    if (!item) {
      item = render(message);
      if (!first) {
        item.classList.add("new");
        fresh.push(message);
      }
    }
    next.set(message.id, item);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  for (const [id, item] of shown) if (!next.has(id)) item.remove();
  shown = next;
  first = false;
  if (fresh.length) say(fresh.length === 1 ? `New message to ${fresh[0].to}` : `${fresh.length} new messages`);
  refilter();
}

function render(message) {
  const item = template.content.cloneNode(true).firstElementChild;
  const find = (selector) => item.querySelector(selector);
  const kind = KINDS[message.kind] ?? message.kind.replaceAll("_", " ");
  const isMarkup = message.medium === "EMAIL" && MARKUP.test(message.body);
  const time = new Date(message.created_at);

  find("h2").textContent = message.subject ?? kind;
  find(".kind").textContent = message.subject ? `${kind} ·` : "";
  const stamp = find("time");
  stamp.dateTime = message.created_at;
  stamp.textContent = sameDay(time) ? time.toLocaleTimeString() : time.toLocaleString();
  stamp.title = message.created_at;
  find(".to b").textContent = message.to;
  find(".via").textContent = `by ${message.medium === "SMS" ? "SMS" : "e-mail"} from ${message.user_pool_id}`;

  if (message.code) {
    find(".code").hidden = false;
    find("output").textContent = message.code;
    const button = find("button");
    button.setAttribute("aria-label", `Copy the code for ${message.to}`);
    button.addEventListener("click", () => copy(button, message.code));
  }
  if (isMarkup) {
    const frame = find("iframe");
    frame.hidden = false;
    frame.title = `The mail to ${message.to} as it looks`;
    // No script, no form, no image from elsewhere: the sandbox and this page's policy see to it. Links open beside this page.
    frame.srcdoc = `<!doctype html><meta name="color-scheme" content="light"><base target="_blank"><style>body{font:1rem/1.5 system-ui,sans-serif;margin:.75rem;overflow-wrap:anywhere}</style>${message.body}`;
    find("details").hidden = false;
    find("pre").textContent = message.body;
    const links = linksOf(message.body);
    if (links.length) {
      const place = find(".links");
      place.hidden = false;
      for (const link of links) {
        const line = document.createElement("li");
        line.append(anchor(link));
        place.append(line);
      }
    }
  } else {
    find("iframe").remove();
    if (message.body.trim() !== message.code) {
      const body = find(".body");
      body.hidden = false;
      body.append(...linked(message.body));
    }
  }
  item.dataset.text = [message.to, message.kind, kind, message.subject, message.body, message.user_pool_id].join("\n").toLowerCase();
  return item;
}

/** The addresses that a mail's links lead to. Parsed without being shown or run. */
function linksOf(markup) {
  const links = [...new DOMParser().parseFromString(markup, "text/html").querySelectorAll("a[href]")].map((link) => link.getAttribute("href").trim());
  return [...new Set(links.filter((link) => /^https?:\/\//i.test(link)))];
}

function anchor(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

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

function sameDay(time) {
  return time.toDateString() === new Date().toDateString();
}

async function copy(button, code) {
  let done = true;
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    // Clipboards need https or localhost; the old way works everywhere.
    const field = document.createElement("textarea");
    field.value = code;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.textContent = done ? "Copied" : "Not copied";
  say(done ? `Copied ${code}` : "The code could not be copied");
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function refilter() {
  const wanted = filter.value.trim().toLowerCase();
  let visible = 0;
  for (const item of shown.values()) {
    item.hidden = !item.dataset.text.includes(wanted);
    visible += !item.hidden;
  }
  count.textContent = shown.size ? `(${visible === shown.size ? visible : `${visible} of ${shown.size}`})` : "";
  none.hidden = visible > 0;
  none.textContent = shown.size ? "No message matches the filter." : "No messages yet. What would be sent appears here by itself.";
  empty.hidden = shown.size === 0;
  document.title = shown.size ? `Inbox (${shown.size}) – Mocknito` : "Inbox – Mocknito";
}

function say(text) {
  said.textContent = text;
}

function become(word, text) {
  if (state.textContent === text) return;
  state.className = word;
  state.textContent = text;
}

/** Asks once; who has seen a version is answered when there is a newer one. */
async function ask(since) {
  const query = since === undefined ? "?since=0" : `?since=${since}&wait=30s`;
  const answer = await fetch(INBOX + query, { headers: { accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function follow() {
  let since;
  let pause = 500;
  for (;;) {
    try {
      const { messages, version } = await ask(since);
      become("live", "Live");
      if (version !== since) show(messages);
      since = version;
      pause = 500;
    } catch {
      become("lost", "No connection. Trying again …");
      since = undefined;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, 5000);
    }
  }
}

filter.addEventListener("input", refilter);
empty.addEventListener("click", async () => {
  if (!confirm("Delete all messages?")) return;
  const answer = await fetch(INBOX, { method: "DELETE" }).catch(() => null);
  say(answer?.ok ? "The inbox is empty" : "The inbox could not be emptied");
});
follow();
