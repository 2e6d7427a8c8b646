// What a browser sees where nothing is: the navigation leads on.

import { at, fill, h, none } from "./dom.js";
import { onPool } from "./shell.js";

fill(
  at("content"),
  none(
    "There is no such page",
    `${location.pathname} is no page of the console. Programs may find something there by ` +
      "another method: openapi.json lists all addresses.",
    h("a", { class: "button primary", href: "/_mocknito/" }, "Overview"),
    h("a", { class: "button", href: "/_mocknito/openapi.json" }, "openapi.json"),
  ),
);
onPool(() => {});
