// Identity pools: who gets credentials in them, for which role, and by which logins.

import {
  at,
  attempt,
  facts,
  fill,
  h,
  none,
  note,
  part,
  pill,
  redraw,
  table,
  time,
  value,
} from "./dom.js";
import { copyAs, identity, mocknito, send } from "./calls.js";
import { count, onPool } from "./shell.js";
import { card, change, changes, nothing, orWhy } from "./actions.js";

let drawn;

onPool((_, { identity_pools: pools }) => {
  count(pools.length ? `(${pools.length})` : "");
  const key = JSON.stringify(pools);
  if (drawn === key) return;
  drawn = key;
  if (pools.length === 0) {
    fill(
      at("content"),
      none(
        "No identity pools",
        "CreateIdentityPool makes one: it gives AWS credentials for a login.",
      ),
    );
    return;
  }
  redraw(at("content"), h("div", { class: "stack" }, pools.map(section)));
});

const ask = (operation, pool, more) =>
  identity(operation, { IdentityPoolId: pool.id, ...more }, pool.region);

function section(pool) {
  const about = part(`${pool.id} about`, () => describe(pool));
  const found = part(`${pool.id} identities`, () => identities(pool, again));
  const again = () =>
    orWhy(() => identities(pool, again)).then((content) => redraw(found, content));
  return card(
    pool.name,
    [pill(pool.region), copyAs(() => ask("DescribeIdentityPool", pool))],
    about,
    h("h3", { class: "sub" }, "Identities"),
    found,
  );
}

async function describe(pool) {
  const [settings, { Roles: roles = {}, RoleMappings: mappings = {} }] = await Promise.all([
    send(ask("DescribeIdentityPool", pool)),
    send(ask("GetIdentityPoolRoles", pool)),
  ]);
  const providers = [
    ...(settings.CognitoIdentityProviders ?? []).map(
      ({ ProviderName, ClientId }) => `${ProviderName} (${ClientId})`,
    ),
    ...Object.entries(settings.SupportedLoginProviders ?? {}).map(
      ([name, id]) => `${name} (${id})`,
    ),
    ...(settings.OpenIdConnectProviderARNs ?? []),
    ...(settings.SamlProviderARNs ?? []),
  ];
  const listed = (texts) =>
    h(
      "ul",
      {},
      texts.map((text) => h("li", { class: "wrap" }, text)),
    );
  return facts([
    ["Id", value(pool.id, "the identity pool’s id")],
    ["Guests", settings.AllowUnauthenticatedIdentities ? pill("let in", "warn") : "refused"],
    ["Classic flow", settings.AllowClassicFlow && "allowed"],
    ["Developer provider", settings.DeveloperProviderName],
    ["Logins by", providers.length ? listed(providers) : "none"],
    ...Object.entries(roles).map(([kind, arn]) => [
      `Role, ${kind}`,
      h("code", { class: "wrap" }, arn),
    ]),
    ...Object.entries(mappings).map(([name, mapping]) => [
      `Roles for ${name}`,
      mapping.Type === "Token"
        ? "as the token says"
        : listed(
            (mapping.RulesConfiguration?.Rules ?? []).map(
              (rule) => `${rule.Claim} ${rule.MatchType} ${rule.Value} → ${rule.RoleARN}`,
            ),
          ),
    ]),
  ]);
}

async function identities(pool, again) {
  const { Identities: found = [], NextToken: more } = await send(
    ask("ListIdentities", pool, { MaxResults: 60 }),
  );
  if (found.length === 0) return nothing("None yet. GetId makes one.");
  const columns = [
    { title: "Identity", cell: ({ IdentityId: id }) => value(id, "the identity’s id") },
    {
      title: "Logins",
      cell: ({ Logins: logins = [] }) =>
        logins.length ? h("span", { class: "wrap" }, logins.join(", ")) : pill("guest"),
    },
    { title: "Created", cell: (one) => time(one.CreationDate) },
    { title: "Changed", cell: (one) => time(one.LastModifiedDate) },
    {
      title: "Actions",
      class: "right",
      cell: ({ IdentityId, Logins: logins = [] }) =>
        h(
          "span",
          { class: "row" },
          logins.length === 0 &&
            changes("Credentials", () => credentials(pool, IdentityId), "small plain"),
          changes(
            "Delete",
            () => ({
              title: "Delete the identity",
              text: IdentityId,
              action: "Delete",
              kind: "danger",
              calls: () => [
                identity("DeleteIdentities", { IdentityIdsToDelete: [IdentityId] }, pool.region),
              ],
              after: again,
              done: "Deleted",
            }),
            "small plain danger",
          ),
        ),
    },
  ];
  return [
    table(`Identities of ${pool.name}`, columns, found),
    more && note("The first 60 are shown."),
  ];
}

/** What a guest gets: whoever has logins must bring one. */
async function credentials(pool, IdentityId) {
  const call = identity("GetCredentialsForIdentity", { IdentityId }, pool.region);
  return {
    title: "Credentials of this guest",
    text: IdentityId,
    action: "Get them",
    calls: () => [call],
    after: async ({ Credentials: given }) => {
      const whose = await attempt(() =>
        send(mocknito("GET", `credentials/${encodeURIComponent(given.AccessKeyId)}`)),
      );
      change({
        title: "Credentials",
        fields: [
          facts([
            ["Access key", value(given.AccessKeyId, "the access key")],
            ["Secret key", value(given.SecretKey, "the secret key")],
            ["Session token", value(given.SessionToken, "the session token")],
            ["Until", time(given.Expiration)],
            ["Role", whose?.role_arn],
          ]),
        ],
        action: "Done",
        calls: () => [],
      });
    },
  };
}
