// The page of tokens: paste one, or arrive with some from a sign-in in the browser.

import { at, attempt, fill, h, note, tabs } from "./dom.js";
import { copyAs, mocknito } from "./calls.js";
import { finish } from "./authorize.js";
import { nameIn } from "./claims.js";
import { inspect } from "./inspect.js";
import { onPool } from "./shell.js";

const result = h("div", { id: "result" });
const input = h("textarea", {
  id: "token",
  rows: "5",
  spellcheck: "false",
  autocomplete: "off",
  autocapitalize: "off",
  class: "mono",
  placeholder: "eyJraWQiOi…",
  oninput: () => look(),
});

let asked = 0;

/** What is pasted may be a whole header, or a line of JSON. */
function tokenIn(text) {
  const found = text.match(/[\w-]+\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?/);
  return (found ? found[0] : text).trim();
}

function look() {
  const token = tokenIn(input.value);
  const mine = (asked += 1);
  if (!token) return fill(result);
  const place = h("div", {});
  return attempt(async () => {
    await inspect(place, token);
    // Whoever types is ahead of the answers.
    if (mine === asked) fill(result, place);
  });
}

function draw(arrived) {
  fill(
    at("content"),
    arrived,
    h(
      "section",
      { class: "card paste" },
      h(
        "div",
        { class: "head" },
        h("label", { for: "token" }, h("h2", {}, "Paste a token")),
        h("span", { class: "hint" }, "ID, access or refresh token. It stays on this machine."),
      ),
      input,
    ),
    result,
  );
}

function arrivedWith(tokens) {
  const kinds = [
    ["ID token", tokens.id_token],
    ["Access token", tokens.access_token],
    ["Refresh token", tokens.refresh_token],
  ].filter(([, token]) => token);
  const show = (token) => () => {
    const place = h("div", {});
    attempt(() => inspect(place, token));
    return place;
  };
  return h(
    "section",
    { class: "arrived", "aria-label": "Tokens of the sign-in" },
    note(
      `Signed in as ${nameIn(tokens)} by ${tokens.client.ClientName}. These are the tokens.`,
      "ok",
    ),
    tabs(
      "Tokens of the sign-in",
      kinds.map(([name, token]) => [name, show(token)]),
    ),
  );
}

at("tools").append(
  copyAs(() => mocknito("POST", "tokens/inspect", { token: tokenIn(input.value) })),
);
draw();

// Names of pools and clients are needed first.
let begun = false;
onPool(async () => {
  if (begun) return;
  begun = true;
  try {
    const tokens = await finish();
    if (tokens) draw(arrivedWith(tokens));
  } catch (error) {
    const name = error.name === "Error" ? "" : `${error.name}: `;
    draw(note(`${name}${error.message}`, "bad"));
  }
});
