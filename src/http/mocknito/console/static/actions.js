// How pages change things: a dialog that says what will be done, shows it as lines for a shell
// while one fills it in, and makes the calls. Nothing is changed that could not be copied.

import { attempt, code, dialog, field, fill, h, toast } from "./dom.js";
import { awsCli, curl, send } from "./calls.js";

/** Calls as lines for a shell: what AWS does not have is for curl. */
export const lines = (calls) =>
  calls.map((call) => (call.service ? awsCli(call) : curl(call))).join("\n\n");

/**
 * Makes calls one after the other; gives what the last one answered. Those in `made` were made
 * before a later one was refused, and are not made again.
 */
async function sendEach(calls, made) {
  let answer;
  for (const call of calls) {
    const key = JSON.stringify(call);
    if (made.has(key)) continue;
    answer = await send(call);
    made.add(key);
  }
  return answer;
}

/**
 * A dialog whose fields become calls. `calls(values)` makes them, as often as something is typed;
 * it may throw a sentence while the fields are not in order. `after(answer, values)` is called once
 * all were made.
 */
export function change({ title, text, fields = [], action, kind = "primary", calls, after, done }) {
  return dialog(title, (close) => {
    const made = new Set();
    const error = h("p", { class: "note bad", role: "alert", hidden: true });
    const submit = h("button", { class: kind }, action);
    const shown = h("div", {});
    const boxes = fields.map((one) => (one instanceof Node ? one : field(one)));
    const read = () =>
      Object.fromEntries(
        [...form.elements]
          .filter(({ name }) => name)
          .map((control) => [
            control.name,
            control.type === "checkbox" ? control.checked : control.value,
          ]),
      );
    const show = async () => {
      const wanted = await Promise.resolve()
        .then(() => calls(read()))
        .catch(() => []);
      const text = wanted.length ? code(lines(wanted), "these lines") : nothing("Nothing to do.");
      fill(shown, text);
    };
    const onsubmit = async (event) => {
      event.preventDefault();
      error.hidden = true;
      submit.disabled = true;
      try {
        const values = read();
        const answer = await sendEach(await calls(values), made);
        close();
        if (done) toast(done);
        if (after) await attempt(() => after(answer, values));
      } catch (wrong) {
        error.textContent = wrong.message;
        error.hidden = false;
      }
      submit.disabled = false;
    };
    const form = h(
      "form",
      { class: "bare", onsubmit, oninput: show, onchange: show },
      text && h("p", { class: "wrap said" }, text),
      boxes,
      h(
        "details",
        { class: "shell" },
        h("summary", {}, fields.length ? "As lines for a shell" : "As a line for a shell"),
        shown,
      ),
      error,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", onclick: close }, "Cancel"),
        submit,
      ),
    );
    show();
    return form;
  });
}

/** A button that opens such a dialog. `make()` gives it, or nothing. */
export const changes = (label, make, kind = "") =>
  h(
    "button",
    {
      type: "button",
      class: kind,
      onclick: async (event) => {
        event.target.closest("details.menu")?.removeAttribute("open");
        const made = await attempt(make);
        if (made && made !== true) change(made);
      },
    },
    label,
  );

/** A menu of such buttons. */
export const menu = (label, ...entries) =>
  h(
    "details",
    { class: "menu" },
    h("summary", {}, label),
    h("div", { class: "sheet" }, ...entries),
  );

/** A section with a heading and what can be done with it. */
export const card = (title, tools, ...content) =>
  h(
    "section",
    { class: "card", "aria-label": title },
    h("div", { class: "head" }, h("h2", {}, title), h("div", { class: "row" }, tools)),
    content,
  );

/** What a list says that is empty. */
export const nothing = (text) => h("p", { class: "soft" }, text);

/** Something that may be refused, such as a list that only some pools keep: its content, or why. */
export async function orWhy(work) {
  try {
    return await work();
  } catch (error) {
    return nothing(error.message);
  }
}

/** Attributes as an operation takes them. */
export const attributeList = (attributes) =>
  Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));

/** Text for a filter of ListUsers, between its quotes. */
export const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');

/** The proof of a client with a secret, as SignUp wants it. */
export async function secretHash(secret, username, clientId) {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
    "sign",
  ]);
  const tag = await crypto.subtle.sign("HMAC", key, bytes.encode(username + clientId));
  return btoa(String.fromCharCode(...new Uint8Array(tag)));
}

/** Whether browsers can sign in to this client and come back. */
export const hasPages = (client) =>
  client.AllowedOAuthFlows?.includes("code") && client.CallbackURLs?.length > 0;

/** Where a browser begins to sign in to a client. */
export function signInAddress(client, redirect_uri = client.CallbackURLs[0], more = {}) {
  const query = new URLSearchParams({
    client_id: client.ClientId,
    response_type: "code",
    redirect_uri,
    scope: (client.AllowedOAuthScopes ?? []).join(" "),
    ...more,
  });
  return `/oauth2/authorize?${query}`;
}
