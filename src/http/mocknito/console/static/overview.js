// The overview: every pool of every Region.

import { at, facts, fill, h, none, pill, table, value } from "./dom.js";
import { count, onPool } from "./shell.js";

onPool((_, { user_pools: pools }) => {
  count(pools.length ? `(${pools.length})` : "");
  const empty = none("No user pools yet", "What is created by an AWS call appears here by itself.");
  fill(at("content"), pools.length ? h("div", { class: "stack" }, pools.map(card)) : empty);
});

function card(pool) {
  const clients = table(
    `App clients of ${pool.name}`,
    [
      { title: "App client", cell: ({ name }) => name },
      { title: "Id", cell: ({ id }) => value(id, `the id of ${id}`) },
    ],
    pool.clients,
  );
  return h(
    "section",
    { class: "card", "aria-label": pool.name },
    h("div", { class: "head" }, h("h2", {}, pool.name), pill(pool.region)),
    facts([
      ["Id", value(pool.id, "the pool’s id")],
      ["Issuer", value(pool.issuer, "the issuer")],
      ["Users", `${pool.users}`],
      ["MFA", pool.mfa ?? "OFF"],
    ]),
    pool.clients.length > 0 && clients,
  );
}
