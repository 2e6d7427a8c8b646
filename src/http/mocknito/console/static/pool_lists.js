// What belongs to a pool: groups, app clients, resource servers, identity providers, its domain and
// the look of its pages.

import { copy, facts, fill, h, pill, table, value, wrapped } from "./dom.js";
import { idp, send, sendAll } from "./calls.js";
import { card, changes, hasPages, nothing, orWhy, signInAddress } from "./actions.js";

/** All of it. `again()` draws the page anew. */
export function lists(pool, settings, again) {
  const its = { pool, settings, again, about: { UserPoolId: pool.id } };
  return [
    section(its, "Groups", "Create a group", createGroup, groups),
    section(its, "App clients", "Create a client", createClient, clients),
    section(its, "Resource servers", "Create one", createServer, servers),
    section(its, "Identity providers", undefined, undefined, providers),
    h(
      "div",
      { class: "columns" },
      section(its, "Domain", !domainOf(settings) && "Choose one", createDomain, domain),
      section(its, "Look of its pages", undefined, undefined, branding),
    ),
  ];
}

function section(its, title, label, make, draw) {
  const place = h("div", {}, nothing("Looking …"));
  orWhy(() => draw(its)).then((content) => fill(place, content));
  return card(title, label && changes(label, () => make(its), "small"), place);
}

/** A dialog that deletes, and draws the page anew. */
const deletes = ({ again }, title, text, call) =>
  changes(
    "Delete",
    () => ({
      title,
      text,
      action: "Delete",
      kind: "danger",
      calls: () => [call],
      after: again,
      done: "Deleted",
    }),
    "small plain danger",
  );

const words = (text) => text.split(/[\s,]+/).filter(Boolean);

async function groups(its) {
  const found = await sendAll(idp("ListGroups", its.about), "Groups");
  if (found.length === 0) return nothing("None.");
  return table(
    "List of groups",
    [
      { title: "Name", cell: ({ GroupName: name }) => wrapped(name) },
      { title: "Description", cell: ({ Description: text }) => wrapped(text) },
      { title: "Precedence", class: "num", cell: ({ Precedence: rank }) => `${rank ?? ""}` },
      { title: "Role", cell: ({ RoleArn: role }) => wrapped(role) },
      {
        title: "Change it",
        class: "right",
        cell: (group) =>
          h(
            "span",
            { class: "row" },
            changes("Edit", () => editGroup(its, group), "small plain"),
            deletes(
              its,
              `Delete the group ${group.GroupName}`,
              "Its members stay users.",
              idp("DeleteGroup", { ...its.about, GroupName: group.GroupName }),
            ),
          ),
      },
    ],
    found,
  );
}

const groupFields = (group = {}) => [
  { name: "description", label: "Description", value: group.Description ?? "" },
  {
    name: "precedence",
    label: "Precedence",
    type: "number",
    min: 0,
    value: group.Precedence ?? "",
    hint: "The lowest of a user’s groups gives the preferred role.",
  },
  { name: "role", label: "ARN of its role", value: group.RoleArn ?? "" },
];
const groupMembers = ({ description, precedence, role }) => ({
  Description: description || undefined,
  Precedence: precedence === "" ? undefined : Number(precedence),
  RoleArn: role || undefined,
});

const createGroup = ({ about, again }) => ({
  title: "Create a group",
  fields: [{ name: "name", label: "Name", required: true }, ...groupFields()],
  action: "Create",
  calls: ({ name: GroupName, ...rest }) => [
    idp("CreateGroup", { ...about, GroupName, ...groupMembers(rest) }),
  ],
  after: again,
  done: "Created",
});

const editGroup = ({ about, again }, group) => ({
  title: `The group ${group.GroupName}`,
  fields: groupFields(group),
  action: "Save",
  calls: (values) => [
    idp("UpdateGroup", { ...about, GroupName: group.GroupName, ...groupMembers(values) }),
  ],
  after: again,
  done: "Saved",
});

/** The clients as DescribeUserPoolClient gives them, asked for once each time the page is drawn. */
function described(its) {
  its.described ??= Promise.all(
    its.pool.clients.slice(0, 100).map(async ({ id: ClientId }) => {
      const answer = await send(idp("DescribeUserPoolClient", { ...its.about, ClientId }));
      return answer.UserPoolClient;
    }),
  );
  return its.described;
}

async function clients(its) {
  if (its.pool.clients.length === 0) return nothing("None. Without one nobody signs in.");
  const found = await described(its);
  return table(
    "List of app clients",
    [
      { title: "Name", cell: ({ ClientName: name }) => wrapped(name) },
      { title: "Id", cell: ({ ClientId: id }) => value(id, "the client’s id") },
      {
        title: "Secret",
        cell: ({ ClientSecret: secret }) =>
          secret ? copy(secret, undefined, "Copy secret") : "none",
      },
      { title: "Grants", cell: ({ AllowedOAuthFlows: grants }) => wrapped(grants?.join(", ")) },
      { title: "Callback URLs", cell: ({ CallbackURLs: all }) => few(all ?? []) },
      {
        title: "Change it",
        class: "right",
        cell: (client) =>
          h(
            "span",
            { class: "row" },
            hasPages(client) &&
              h("a", { class: "button small plain", href: signInAddress(client) }, "Its pages"),
            changes("Edit", () => editClient(its, client), "small plain"),
            deletes(
              its,
              `Delete the client ${client.ClientName}`,
              "Its tokens end.",
              idp("DeleteUserPoolClient", { ...its.about, ClientId: client.ClientId }),
            ),
          ),
      },
    ],
    found,
  );
}

/** The first of many; the rest on demand. */
function few(texts) {
  const line = (text) => h("li", { class: "wrap" }, text);
  if (texts.length <= 3) return h("ul", {}, texts.map(line));
  return h(
    "details",
    {},
    h("summary", { class: "wrap" }, `${texts[0]} and ${texts.length - 1} more`),
    h("ul", {}, texts.slice(1).map(line)),
  );
}

const FLOWS = [
  ["ALLOW_USER_PASSWORD_AUTH", "by password, as it is"],
  ["ALLOW_USER_SRP_AUTH", "by password, with SRP"],
  ["ALLOW_USER_AUTH", "by a factor of the user’s choice"],
  ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "by password, from a back end"],
  ["ALLOW_CUSTOM_AUTH", "by challenges of functions"],
  ["ALLOW_REFRESH_TOKEN_AUTH", "by refresh token"],
];

const clientFields = (client = {}) => {
  const flows = client.ExplicitAuthFlows ?? [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
  ];
  const grants = client.AllowedOAuthFlows ?? [];
  return [
    ...FLOWS.map(([name, label]) => ({
      name,
      label: `Sign-in ${label}`,
      type: "checkbox",
      value: flows.includes(name),
    })),
    {
      name: "code",
      label: "Hosted pages: the code grant",
      type: "checkbox",
      value: grants.includes("code"),
    },
    {
      name: "machine",
      label: "Machines: the client credentials grant",
      type: "checkbox",
      value: grants.includes("client_credentials"),
      hint: "Needs a secret, scopes of a resource server, and no other grant.",
    },
    {
      name: "callbacks",
      label: "Callback URLs",
      type: "textarea",
      value: (client.CallbackURLs ?? []).join("\n"),
    },
    {
      name: "logouts",
      label: "Sign-out URLs",
      type: "textarea",
      value: (client.LogoutURLs ?? []).join("\n"),
    },
    {
      name: "scopes",
      label: "Scopes",
      value: (client.AllowedOAuthScopes ?? ["openid", "email", "profile"]).join(" "),
    },
  ];
};

function clientMembers(values, before = {}) {
  const kept = (before.AllowedOAuthFlows ?? []).filter((grant) => grant === "implicit");
  const grants = [
    ...kept,
    ...(values.code ? ["code"] : []),
    ...(values.machine ? ["client_credentials"] : []),
  ];
  const legacy = (before.ExplicitAuthFlows ?? []).filter((flow) => !flow.startsWith("ALLOW_"));
  const flows = FLOWS.map(([name]) => name).filter((name) => values[name]);
  const callbacks = words(values.callbacks);
  const logouts = words(values.logouts);
  return {
    ExplicitAuthFlows: legacy.length ? legacy : flows,
    AllowedOAuthFlows: grants.length ? grants : undefined,
    AllowedOAuthFlowsUserPoolClient: grants.length > 0,
    AllowedOAuthScopes: grants.length ? words(values.scopes) : undefined,
    CallbackURLs: callbacks.length ? callbacks : undefined,
    LogoutURLs: logouts.length ? logouts : undefined,
    SupportedIdentityProviders:
      before.SupportedIdentityProviders ?? (values.code ? ["COGNITO"] : undefined),
  };
}

const createClient = ({ about, again }) => ({
  title: "Create an app client",
  fields: [
    { name: "name", label: "Name", required: true },
    { name: "secret", label: "With a secret", type: "checkbox" },
    ...clientFields(),
  ],
  action: "Create",
  calls: ({ name: ClientName, secret: GenerateSecret, ...rest }) => [
    idp("CreateUserPoolClient", { ...about, ClientName, GenerateSecret, ...clientMembers(rest) }),
  ],
  after: again,
  done: "Created",
});

/** UpdateUserPoolClient resets what is not sent, so everything is. */
function editClient({ about, again }, client) {
  const { UserPoolId, ClientSecret, LastModifiedDate, CreationDate, ...kept } = client;
  return {
    title: `The client ${client.ClientName}`,
    fields: clientFields(client),
    action: "Save",
    calls: (values) => [
      idp("UpdateUserPoolClient", { ...about, ...kept, ...clientMembers(values, client) }),
    ],
    after: again,
    done: "Saved",
  };
}

async function servers(its) {
  const list = idp("ListResourceServers", { ...its.about, MaxResults: 50 });
  const found = await sendAll(list, "ResourceServers");
  if (found.length === 0) return nothing("None.");
  return table(
    "List of resource servers",
    [
      { title: "Identifier", cell: ({ Identifier: id }) => wrapped(id) },
      { title: "Name", cell: ({ Name: name }) => wrapped(name) },
      {
        title: "Scopes",
        cell: ({ Scopes: scopes = [] }) =>
          wrapped(scopes.map(({ ScopeName: name }) => name).join(" ")),
      },
      {
        title: "Change it",
        class: "right",
        cell: ({ Identifier }) =>
          deletes(
            its,
            `Delete ${Identifier}`,
            "Its scopes end with it.",
            idp("DeleteResourceServer", { ...its.about, Identifier }),
          ),
      },
    ],
    found,
  );
}

const createServer = ({ about, again }) => ({
  title: "Create a resource server",
  fields: [
    {
      name: "identifier",
      label: "Identifier",
      required: true,
      hint: "such as https://api.example.com",
    },
    { name: "name", label: "Name", required: true },
    { name: "scopes", label: "Scopes", value: "read write" },
  ],
  action: "Create",
  calls: ({ identifier: Identifier, name: Name, scopes }) => [
    idp("CreateResourceServer", {
      ...about,
      Identifier,
      Name,
      Scopes: words(scopes).map((scope) => ({ ScopeName: scope, ScopeDescription: scope })),
    }),
  ],
  after: again,
  done: "Created",
});

async function providers(its) {
  const found = await sendAll(idp("ListIdentityProviders", its.about), "Providers");
  if (found.length === 0)
    return nothing(
      "None. CreateIdentityProvider makes one; this server plays Google, Apple and the like.",
    );
  return table(
    "List of identity providers",
    [
      { title: "Name", cell: ({ ProviderName: name }) => wrapped(name) },
      { title: "Type", cell: ({ ProviderType: type }) => pill(type) },
      {
        title: "Sign-in by it",
        cell: ({ ProviderName: name }) => providerLink(its, name),
      },
      {
        title: "Change it",
        class: "right",
        cell: ({ ProviderName }) =>
          deletes(
            its,
            `Delete the provider ${ProviderName}`,
            `Its users stay in ${its.settings.Name}.`,
            idp("DeleteIdentityProvider", { ...its.about, ProviderName }),
          ),
      },
    ],
    found,
  );
}

/** To the provider’s own page, by way of the first client that has it. */
function providerLink(its, name) {
  const place = h("span", {}, "…");
  const look = async () => {
    const client = (await described(its)).find(
      (one) => one.SupportedIdentityProviders?.includes(name) && hasPages(one),
    );
    if (!client) return h("span", { class: "soft" }, "no client has it");
    const address = signInAddress(client, undefined, { identity_provider: name });
    return h("a", { href: address }, `by ${client.ClientName}`);
  };
  orWhy(look).then((content) => fill(place, content));
  return place;
}

const domainOf = (settings) => settings.CustomDomain ?? settings.Domain;

async function domain(its) {
  const Domain = domainOf(its.settings);
  if (!Domain) return nothing("None. The pages are at this server’s own address in any case.");
  const { DomainDescription: its_domain = {} } = await send(
    idp("DescribeUserPoolDomain", { Domain }, its.pool.region),
  );
  return [
    facts([
      ["Domain", value(Domain, "the domain")],
      ["Status", its_domain.Status],
      ["Pages", its_domain.ManagedLoginVersion === 2 ? "managed login" : "hosted UI (classic)"],
    ]),
    h(
      "p",
      { class: "row end" },
      deletes(
        its,
        `Delete the domain ${Domain}`,
        undefined,
        idp("DeleteUserPoolDomain", { ...its.about, Domain }),
      ),
    ),
  ];
}

const createDomain = ({ about, again }) => ({
  title: "Choose a domain",
  fields: [
    { name: "domain", label: "Prefix", required: true, hint: "small letters, digits and hyphens" },
    {
      name: "version",
      label: "Pages",
      options: [
        ["2", "managed login"],
        ["1", "hosted UI (classic)"],
      ],
    },
  ],
  action: "Create",
  calls: ({ domain: Domain, version }) => [
    idp("CreateUserPoolDomain", { ...about, Domain, ManagedLoginVersion: Number(version) }),
  ],
  after: again,
  done: "Created",
});

async function branding(its) {
  if (!domainOf(its.settings)) return nothing("As it comes.");
  const styles = [];
  for (const { id: ClientId, name } of its.pool.clients.slice(0, 50)) {
    try {
      const input = { ...its.about, ClientId };
      const { ManagedLoginBranding: style } = await send(
        idp("DescribeManagedLoginBrandingByClient", input),
      );
      if (style) styles.push({ name, style });
    } catch {
      // This client has none.
    }
  }
  const classic = await send(idp("GetUICustomization", its.about)).catch(() => ({}));
  const { UICustomization: look = {} } = classic;
  if (styles.length === 0 && !look.CSS && !look.ImageUrl) return nothing("As it comes.");
  return facts([
    ...styles.map(({ name, style }) => [
      name,
      style.UseCognitoProvidedValues
        ? "managed login, as it comes"
        : `managed login, with ${style.Assets?.length ?? 0} images of its own`,
    ]),
    [
      "Hosted UI",
      look.CSS && h("details", {}, h("summary", {}, "CSS"), h("pre", { class: "wrap" }, look.CSS)),
    ],
    ["Logo", look.ImageUrl && h("a", { href: look.ImageUrl }, "the classic page’s")],
  ]);
}
