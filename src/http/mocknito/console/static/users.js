// A pool's users: found, listed page by page, created. One of them has a page of their own, drawn
// by user.js at the same address.

import { at, attempt, fill, h, none, redraw, table, time } from "./dom.js";
import { copyAs, idp, send, sendAll } from "./calls.js";
import { count, onPool, refresh, usersAddress } from "./shell.js";
import { attributeList, change, escaped, secretHash } from "./actions.js";
import { showUser } from "./user.js";
import { badges } from "./user_state.js";

const PAGE = 50;
/** What "any name" looks through: ListUsers takes one condition at a time. */
const NAMES = [
  "username",
  "email",
  "phone_number",
  "preferred_username",
  "name",
  "given_name",
  "family_name",
];
const WAYS = [
  ["any", "Any name begins with"],
  ...NAMES.map((name) => [name, `${name} begins with`]),
  ["sub", "sub is"],
  ["cognito:user_status", "Status is"],
  ["status", "Enabled or Disabled"],
];

let drawn;
let shown = { pages: [undefined], at: 0 };

onPool((pool, { user_pools: pools }) => {
  const asked = new URLSearchParams(location.search).get("user");
  if (!pool) {
    drawn = undefined;
    count("");
    fill(at("tools"));
    const empty = none(
      "No user pools yet",
      "Users belong to a pool. The overview offers a demo; CreateUserPool makes one, too.",
      h("a", { class: "button", href: "/_mocknito/" }, "Overview"),
    );
    return fill(at("content"), empty);
  }
  const key = `${pool.id} ${asked ?? ""}`;
  if (drawn === key && asked) return undefined;
  if (drawn !== key) {
    drawn = key;
    shown = { pages: [undefined], at: 0 };
    if (asked) return showUser(pool, asked);
    begin(pool);
  }
  count(pools.length ? `(${pool.users.toLocaleString()})` : "");
  return list(pool);
});

/** What is around the list: it stays while one types. */
function begin(pool) {
  const asked = new URLSearchParams(location.search);
  const by = h(
    "select",
    { id: "by", "aria-label": "How users are found" },
    WAYS.map(([key, text]) => h("option", { value: key, selected: key === asked.get("by") }, text)),
  );
  const text = h("input", {
    id: "q",
    type: "search",
    value: asked.get("q") ?? "",
    placeholder: "name, e-mail, number …",
    "aria-label": "Find users",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const group = h("select", { id: "group", "aria-label": "Group", hidden: true });
  let pause;
  const search = () => {
    shown = { pages: [undefined], at: 0 };
    const now = new URLSearchParams({ pool: pool.id });
    if (text.value) {
      now.set("q", text.value);
      now.set("by", by.value);
    }
    history.replaceState(null, "", `?${now}`);
    list(pool);
  };
  text.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(search, 150);
  });
  by.addEventListener("change", search);
  group.addEventListener("change", search);
  offerGroups(pool, group);
  fill(
    at("content"),
    h(
      "form",
      {
        class: "row finder",
        role: "search",
        onsubmit: (event) => {
          event.preventDefault();
          clearTimeout(pause);
          search();
        },
      },
      by,
      text,
      group,
    ),
    h("div", { id: "list", "aria-live": "polite" }),
  );
  fill(
    at("tools"),
    copyAs(() => calls(pool)[0]),
    h(
      "button",
      { type: "button", class: "primary", onclick: () => attempt(() => create(pool)) },
      "Create user",
    ),
  );
}

async function offerGroups(pool, select) {
  const { Groups: groups = [] } = await send(idp("ListGroups", { UserPoolId: pool.id, Limit: 60 }));
  if (groups.length === 0) return;
  const names = groups.map(({ GroupName: name }) => h("option", { value: name }, `in ${name}`));
  fill(select, h("option", { value: "" }, "In any group"), names);
  select.hidden = false;
}

/** The calls by which this page of the list is found. */
function calls(pool) {
  const text = at("q")?.value.trim() ?? "";
  const by = at("by")?.value ?? "any";
  const group = at("group")?.value;
  const token = shown.pages[shown.at];
  const base = { UserPoolId: pool.id, Limit: PAGE };
  if (group) {
    return [idp("ListUsersInGroup", { ...base, GroupName: group, NextToken: token })];
  }
  if (!text) return [idp("ListUsers", { ...base, PaginationToken: token })];
  const isWhole = ["sub", "cognito:user_status", "status"].includes(by);
  const names = by === "any" ? NAMES : [by];
  return names.map((name) =>
    idp("ListUsers", {
      ...base,
      Limit: by === "any" ? 20 : PAGE,
      Filter: `${name} ${isWhole ? "=" : "^="} "${escaped(text)}"`,
      PaginationToken: token,
    }),
  );
}

let asking = 0;

async function list(pool) {
  const number = (asking += 1);
  const answers = await attempt(() => Promise.all(calls(pool).map(send)));
  // Whoever types quickly gets the answer to what was typed last.
  if (!answers || number !== asking || !at("list")) return;
  const users = new Map();
  for (const answer of answers) {
    for (const user of answer.Users ?? []) users.set(user.Username, user);
  }
  const [only] = answers;
  const next = answers.length === 1 ? (only.PaginationToken ?? only.NextToken) : undefined;
  const isSearch = at("q").value.trim() || at("group").value;
  if (users.size === 0 && shown.at === 0) {
    const empty = isSearch
      ? none("Nobody is like that", "Conditions are held against the beginning of a value.")
      : none("No users yet", "Create one here, or sign somebody up: they appear by themselves.");
    return fill(at("list"), empty);
  }
  redraw(
    at("list"),
    table(`Users of ${pool.name}`, COLUMNS, [...users.values()], (user) =>
      usersAddress(pool.id, user.Username),
    ),
    pager(pool, next, users.size),
  );
}

const attribute = (user, name) => user.Attributes?.find(({ Name }) => Name === name)?.Value;

const COLUMNS = [
  {
    title: "User name",
    class: "name",
    cell: (user) => h("span", { class: "cut", title: user.Username }, user.Username),
  },
  {
    title: "E-mail or number",
    cell: (user) => {
      const address = attribute(user, "email") ?? attribute(user, "phone_number") ?? "";
      return h("span", { class: "cut", title: address }, address);
    },
  },
  {
    title: "Name",
    cell: (user) => {
      const both = [attribute(user, "given_name"), attribute(user, "family_name")];
      const name = attribute(user, "name") ?? both.filter(Boolean).join(" ");
      return h("span", { class: "cut", title: name }, name);
    },
  },
  {
    title: "Status",
    cell: (user) => h("span", { class: "row" }, badges(user)),
  },
  { title: "Created", class: "num", cell: (user) => time(user.UserCreateDate) },
];

function pager(pool, next, size) {
  if (!next && shown.at === 0) return undefined;
  const turn = (to) => {
    shown.at = to;
    list(pool).then(() => at("list").querySelector(".scroll")?.focus());
  };
  if (next) shown.pages[shown.at + 1] = next;
  const first = shown.at * PAGE + 1;
  return h(
    "nav",
    { class: "row pager", "aria-label": "Pages" },
    h(
      "button",
      { type: "button", disabled: shown.at === 0, onclick: () => turn(shown.at - 1) },
      "Previous",
    ),
    h(
      "span",
      { class: "soft num" },
      `${first.toLocaleString()} – ${(first + size - 1).toLocaleString()}`,
    ),
    h("button", { type: "button", disabled: !next, onclick: () => turn(shown.at + 1) }, "Next"),
  );
}

/** Who signs in by an address has no other name to give. */
function nameField({ UsernameAttributes: names = [] }) {
  const label = names.length
    ? names.map((name) => name.replace("_", " ")).join(" or ")
    : "User name";
  return { name: "username", label, required: true, autofocus: true };
}

const HOW = [
  ["confirmed", "Confirmed, with this password"],
  ["temporary", "Must change this password at the first sign-in"],
  ["invited", "Invited by a message with a temporary password"],
  ["unconfirmed", "Signed up, not confirmed yet"],
];

async function create(pool) {
  const about = { UserPoolId: pool.id };
  const [{ UserPool: settings }, groups] = await Promise.all([
    send(idp("DescribeUserPool", about)),
    sendAll(idp("ListGroups", about), "Groups"),
  ]);
  const names = settings.UsernameAttributes ?? [];
  const given = (settings.SchemaAttributes ?? [])
    .filter(({ Name, Required }) => Required && Name !== "sub" && !names.includes(Name))
    .map(({ Name }) => Name);
  const extra = ["email", "phone_number"].filter((name) => !names.includes(name));
  const wanted = [...new Set([...extra, ...given])];
  let secret;
  if (pool.clients.length) {
    const input = { ...about, ClientId: pool.clients[0].id };
    const { UserPoolClient: client } = await send(idp("DescribeUserPoolClient", input));
    secret = client.ClientSecret;
  }
  change({
    title: "Create a user",
    action: "Create",
    done: "Created",
    fields: [
      nameField(settings),
      ...wanted.map((name) => ({
        name: `attribute:${name}`,
        label: name,
        required: given.includes(name),
        hint: name === "phone_number" ? "such as +15555550100" : undefined,
      })),
      { name: "verified", label: "Address and number are verified", type: "checkbox", value: true },
      { name: "how", label: "Status", options: HOW.slice(0, pool.clients.length ? 4 : 3) },
      {
        name: "password",
        label: "Password",
        value: "Passw0rd!",
        hint: "Held against the pool’s policy. Not used for an invitation.",
      },
      ...groups.map(({ GroupName: name }, index) => ({
        name: `group:${index}`,
        label: `in the group ${name}`,
        type: "checkbox",
      })),
    ],
    calls: (values) => creation(pool, settings, values, { secret, groups }),
    after: async (_, values) => {
      await refresh();
      location.href = usersAddress(pool.id, values.username.trim());
    },
  });
}

async function creation(pool, settings, values, { secret, groups }) {
  const username = values.username.trim();
  if (!username) throw new Error("A user needs a name.");
  const about = { UserPoolId: pool.id, Username: username };
  const attributes = {};
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith("attribute:") && value) attributes[name.slice(10)] = value;
  }
  const isName = (name) => settings.UsernameAttributes?.includes(name);
  const mail = isName("email") && username.includes("@");
  if (mail) attributes.email = username;
  else if (isName("phone_number")) attributes.phone_number = username;
  const isSignUp = values.how === "unconfirmed";
  if (values.verified && !isSignUp) {
    for (const name of ["email", "phone_number"]) {
      if (attributes[name]) attributes[`${name}_verified`] = "true";
    }
  }
  const UserAttributes = attributeList(attributes);
  const made = [];
  if (isSignUp) {
    const [{ id: ClientId }] = pool.clients;
    const SecretHash = secret && (await secretHash(secret, username, ClientId));
    const { password: Password } = values;
    const input = { ClientId, SecretHash, Username: username, Password, UserAttributes };
    made.push(idp("SignUp", input, pool.region));
  } else {
    const isInvited = values.how === "invited";
    made.push(
      idp("AdminCreateUser", {
        ...about,
        UserAttributes,
        TemporaryPassword: values.how === "temporary" ? values.password : undefined,
        MessageAction: isInvited ? undefined : "SUPPRESS",
        DesiredDeliveryMediums: isInvited ? [attributes.email ? "EMAIL" : "SMS"] : undefined,
      }),
    );
  }
  if (values.how === "confirmed") {
    const { password: Password } = values;
    made.push(idp("AdminSetUserPassword", { ...about, Password, Permanent: true }));
  }
  groups.forEach(({ GroupName }, index) => {
    if (values[`group:${index}`]) made.push(idp("AdminAddUserToGroup", { ...about, GroupName }));
  });
  return made;
}
