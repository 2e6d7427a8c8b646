// What belongs to a pool: groups, app clients, resource servers, identity providers, its domain and
// the look of its pages.

import { attempt, copy, facts, few, fill, h, part, pill, table, value, wrapped } from "./dom.js";
import { idp, send, sendAll } from "./calls.js";
import { begin } from "./authorize.js";
import { card, changes, nothing, orWhy } from "./actions.js";

/** All of it. `again()` draws the page anew. */
export function lists(pool, settings, again) {
  const its = { pool, settings, again, about: { UserPoolId: pool.id } };
  return [
    section(its, "Groups", "Create a group", createGroup, groups),
    section(its, "App clients", "Create a client", createClient, clients),
    section(its, "Resource servers", "Create a resource server", createServer, servers),
    section(its, "Identity providers", "Add a provider", createProvider, providers),
    h(
      "div",
      { class: "columns" },
      section(its, "Domain", !domainOf(settings) && "Create a domain", createDomain, domain),
      section(its, "Branding", undefined, undefined, branding),
    ),
  ];
}

function section(its, title, label, make, draw) {
  const place = part(`${its.pool.id} ${title}`, () => draw(its));
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
        title: "Actions",
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
      {
        title: "OAuth grant types",
        cell: ({ AllowedOAuthFlows: grants }) => wrapped(grants?.join(", ")),
      },
      { title: "Callback URLs", cell: ({ CallbackURLs: all }) => few(all ?? []) },
      {
        title: "Actions",
        class: "right",
        cell: (client) =>
          h(
            "span",
            { class: "row" },
            signsIn(client) && signIn(its, client, "Sign in"),
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
        title: "Actions",
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

/** Whether browsers can sign in to this client; they come back to the console. */
const signsIn = (client) =>
  client.AllowedOAuthFlowsUserPoolClient && client.AllowedOAuthFlows?.includes("code");

/** Begins a sign-in that ends at the page of tokens, whatever app the client belongs to. */
const signIn = ({ pool }, client, label, more) =>
  h(
    "button",
    {
      type: "button",
      class: "small plain",
      onclick: () => attempt(() => begin(pool.id, client.ClientId, { prompt: "login", ...more })),
    },
    label,
  );

async function providers(its) {
  const found = await sendAll(idp("ListIdentityProviders", its.about), "Providers");
  if (found.length === 0) {
    return nothing("None. This server plays Google, Facebook, Amazon and Apple itself.");
  }
  return table(
    "List of identity providers",
    [
      { title: "Name", cell: ({ ProviderName: name }) => wrapped(name) },
      { title: "Type", cell: ({ ProviderType: type }) => pill(type) },
      {
        title: "Sign in by it",
        cell: ({ ProviderName: name }) => providerSignIn(its, name),
      },
      {
        title: "Actions",
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

/** To the provider’s own page and back, by the first client that has it; or gives it to one. */
function providerSignIn(its, name) {
  const place = h("span", {}, "…");
  const look = async () => {
    const ways = (await described(its)).filter(signsIn);
    const client = ways.find((one) => one.SupportedIdentityProviders?.includes(name));
    if (client) {
      return signIn(its, client, `by ${client.ClientName}`, { identity_provider: name });
    }
    if (ways.length === 0) {
      return h("span", { class: "soft" }, "no client has the authorization code grant");
    }
    return [
      h("span", { class: "soft" }, "no client has it "),
      changes("Add it to one", () => supporting(its, name, ways), "small plain"),
    ];
  };
  orWhy(look).then((content) => fill(place, content));
  return place;
}

/** The call that gives a client a provider, and keeps what else it has. */
function supported({ about }, client, name) {
  const { UserPoolId, ClientSecret, LastModifiedDate, CreationDate, ...kept } = client;
  const before = client.SupportedIdentityProviders ?? ["COGNITO"];
  const SupportedIdentityProviders = [...before, name];
  return idp("UpdateUserPoolClient", { ...about, ...kept, SupportedIdentityProviders });
}

const clientField = (ways) => ({
  name: "client",
  label: "App client",
  options: ways.map(({ ClientId, ClientName }) => [ClientId, ClientName]),
});

const supporting = (its, name, ways) => ({
  title: `Add ${name} to an app client`,
  text: "Its sign-in page then has a button for the provider.",
  fields: [clientField(ways)],
  action: "Add",
  calls: ({ client }) => [
    supported(
      its,
      ways.find(({ ClientId }) => ClientId === client),
      name,
    ),
  ],
  after: its.again,
  done: "Added",
});

const PROVIDERS = ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "OIDC"];
const EMAIL_SCOPES = {
  Google: "openid email profile",
  Facebook: "public_profile,email",
  LoginWithAmazon: "profile",
  SignInWithApple: "email name",
  OIDC: "openid email",
};

/** What CreateIdentityProvider wants of a provider of this type. */
function providerDetails({ type, id, secret, issuer }) {
  const shared = { client_id: id, authorize_scopes: EMAIL_SCOPES[type] };
  if (type === "SignInWithApple") {
    return { ...shared, team_id: "TEAM123456", key_id: "KEY1234567", private_key: secret };
  }
  if (type === "OIDC") {
    return {
      ...shared,
      client_secret: secret,
      oidc_issuer: issuer,
      attributes_request_method: "GET",
    };
  }
  return { ...shared, client_secret: secret };
}

async function createProvider(its) {
  const ways = (await described(its)).filter(signsIn);
  return {
    title: "Add an identity provider",
    text:
      "Its own page is played by this server, for Google and its like and for issuers at " +
      "reserved addresses: anybody can be signed in there.",
    fields: [
      { name: "type", label: "Type", options: PROVIDERS },
      { name: "id", label: "Its client ID", value: "local", required: true },
      { name: "secret", label: "Its client secret, or private key", value: "local" },
      {
        name: "name",
        label: "Name, of an OIDC provider",
        hint: "The others are called as their type.",
      },
      {
        name: "issuer",
        label: "Issuer, of an OIDC provider",
        value: "https://idp.example.com",
      },
      ...(ways.length
        ? [{ ...clientField(ways), label: "App client that offers it" }]
        : []),
    ],
    action: "Add",
    calls: (values) => {
      const name = values.type === "OIDC" ? values.name.trim() : values.type;
      if (!name) throw new Error("An OIDC provider needs a name.");
      const made = idp("CreateIdentityProvider", {
        ...its.about,
        ProviderName: name,
        ProviderType: values.type,
        ProviderDetails: providerDetails(values),
        AttributeMapping: { email: "email" },
      });
      const client = ways.find(({ ClientId }) => ClientId === values.client);
      return client ? [made, supported(its, client, name)] : [made];
    },
    after: its.again,
    done: "Added",
  };
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
  const branded = its.pool.clients.filter(({ id }) => its.pool.branded_clients.includes(id));
  const styles = await Promise.all(
    branded.slice(0, 50).map(async ({ id: ClientId, name }) => {
      const input = { ...its.about, ClientId };
      const answer = await send(idp("DescribeManagedLoginBrandingByClient", input));
      return { name, style: answer.ManagedLoginBranding };
    }),
  );
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
