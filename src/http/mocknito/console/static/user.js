// One user: everything that is known of them, and everything that can be done to them.
//
// Here is the page, with attributes, status and groups. How the user gets in is in user_access.js,
// being the user in user_tokens.js.

import { at, facts, fill, h, isBusy, part, pill, redraw, time, value } from "./dom.js";
import { copyAs, idp, sendAll } from "./calls.js";
import { count } from "./shell.js";
import { attributeList, card, changes, menu, nothing } from "./actions.js";
import {
  changeMfa,
  devices,
  drawCode,
  endAll,
  events,
  identities,
  inboxLink,
  link,
  messages,
  passkeys,
  secondFactors,
  sessions,
  setRisk,
} from "./user_access.js";
import { again, badges, begin, its, listAddress, load, shownName } from "./user_state.js";
import { signInAs, tokensDialog } from "./user_tokens.js";

/** What Cognito keeps itself, and nobody changes by UpdateUserAttributes. */
const FIXED = ["sub", "identities"];

const REFRESHES = 4000;

let timer;
/** What the page was drawn from. */
let drawn;
const known = () => JSON.stringify([its.user, its.extra]);

export async function showUser(pool, username) {
  clearInterval(timer);
  const mine = begin(pool, username, draw);
  count("");
  fill(at("content"), h("div", { class: "none" }, h("p", {}, "Looking …")));
  if (!(await load())) return;
  draw();
  timer = setInterval(async () => {
    if (its !== mine) return clearInterval(timer);
    if (document.hidden || isBusy()) return undefined;
    if (!(await load(true)) || its !== mine || known() === drawn) return undefined;
    // What somebody has opened or selected, or has the focus on, stays until they are done.
    const isUsed = `${getSelection()}` || at("content").contains(document.activeElement);
    if (isBusy() || isUsed) return drawCode();
    return draw();
  }, REFRESHES);
}

function draw() {
  const { user, attributes } = its;
  const name = shownName();
  drawn = known();
  document.title = `${name} – Mocknito`;
  redraw(
    at("tools"),
    signInAs(),
    changes("Get tokens", tokensDialog),
    menu("Actions", statusActions()),
    copyAs(() => idp("AdminGetUser", its.about)),
  );
  redraw(
    at("content"),
    h(
      "div",
      { class: "who" },
      h("a", { href: listAddress() }, "All users"),
      h("h2", { class: "wrap" }, name),
      badges(user),
    ),
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "columns" },
        card("Attributes", changes("Edit", editAttributes, "small"), attributesTable(attributes)),
        card("About", changes("Set risk", setRisk, "small"), about()),
        card("Groups", changes("Add to a group", addToGroup, "small"), part("groups", groups)),
        card("MFA", changes("Change", changeMfa, "small"), secondFactors()),
        card("Passkeys", undefined, passkeys()),
        card("Linked identities", changes("Link", link, "small"), identities()),
      ),
      card("Sessions", changes("End all", endAll, "small danger"), sessions()),
      card("Devices", undefined, part("devices", devices)),
      card("Messages to this user", inboxLink(), part("messages", messages)),
      card("Authentication events", undefined, part("events", events)),
    ),
  );
}

function attributesTable(attributes) {
  const rows = Object.entries(attributes);
  return facts(
    rows.map(([name, text]) => [
      h("code", { class: "wrap" }, name),
      name === "sub" ? value(text, "the sub") : cut(text),
    ]),
  );
}

/** Values may have 2,048 characters. */
function cut(text) {
  if (text.length <= 200) return h("bdi", { class: "wrap" }, text || "(empty)");
  return h(
    "details",
    {},
    h("summary", { class: "wrap" }, h("bdi", {}, text.slice(0, 120)), ` … (${text.length})`),
    h("bdi", { class: "wrap" }, text),
  );
}

function about() {
  const { user, extra } = its;
  return facts([
    ["User name", value(user.Username, "the user name")],
    ["Created", time(user.UserCreateDate)],
    ["Changed", time(user.UserLastModifiedDate)],
    ["Password", extra.has_password ? h("span", {}, "set ", time(extra.password_set_at)) : "none"],
    ["Signed out everywhere", extra.signed_out_at && time(extra.signed_out_at)],
    ["Sign-ins are judged", extra.risk ? pill(`risk ${extra.risk}`, "warn") : "harmless"],
  ]);
}

function statusActions() {
  const { user, about, attributes } = its;
  const external = user.UserStatus === "EXTERNAL_PROVIDER";
  const entry = (label, operation, text, { kind, action = label, input = {}, ...rest } = {}) =>
    changes(
      `${label} …`,
      () => ({
        title: label,
        text,
        action,
        kind: kind === "danger" ? "danger" : "primary",
        calls: () => [idp(operation, { ...about, ...input })],
        after: again,
        done: "Done",
        ...rest,
      }),
      `plain ${kind ?? ""}`,
    );
  return [
    user.UserStatus === "UNCONFIRMED" &&
      entry("Confirm", "AdminConfirmSignUp", "Confirms the sign-up without its code."),
    !external && changes("Set a password …", setPassword, "plain"),
    !external &&
      changes(
        "Force a new password …",
        () => ({
          title: "Force a new password",
          text: "The next sign-in is by this password, and asks for another one.",
          fields: [
            { name: "password", label: "Temporary password", value: "Temp0rary!", required: true },
          ],
          action: "Force",
          calls: ({ password: Password }) => [
            idp("AdminSetUserPassword", { ...about, Password, Permanent: false }),
          ],
          after: again,
          done: "Done",
        }),
        "plain",
      ),
    !external &&
      entry(
        "Reset the password",
        "AdminResetUserPassword",
        "Sends a code. Until a new password was set with it, nobody signs in by the old one.",
      ),
    user.Enabled
      ? entry("Disable", "AdminDisableUser", "Ends what is open, and lets nobody in.")
      : entry("Enable", "AdminEnableUser", "Lets the user in again."),
    entry(
      "Delete",
      "AdminDeleteUser",
      `Deletes ${shownName()} for good. The sub is not given again.`,
      {
        kind: "danger",
        done: "Deleted",
        after: () => (location.href = listAddress()),
      },
    ),
    attributes.email !== undefined &&
      attributes.email_verified !== "true" &&
      changes(
        "Mark the e-mail address as verified …",
        () => ({
          title: "Mark the address as verified",
          action: "Mark",
          calls: () => [
            idp("AdminUpdateUserAttributes", {
              ...about,
              UserAttributes: attributeList({ email_verified: "true" }),
            }),
          ],
          after: again,
        }),
        "plain",
      ),
  ];
}

function setPassword() {
  return {
    title: "Set a password",
    fields: [
      { name: "password", label: "Password", value: "Passw0rd!", required: true },
      { name: "permanent", label: "Stays: the user is confirmed", type: "checkbox", value: true },
    ],
    action: "Set",
    calls: ({ password: Password, permanent: Permanent }) => [
      idp("AdminSetUserPassword", { ...its.about, Password, Permanent }),
    ],
    after: again,
    done: "Set",
  };
}

function editAttributes() {
  const { settings, attributes, about } = its;
  const schema = new Map((settings.SchemaAttributes ?? []).map((one) => [one.Name, one]));
  const fixed = (name) => FIXED.includes(name) || schema.get(name)?.Mutable === false;
  const present = Object.keys(attributes).filter((name) => !fixed(name));
  const absent = [...schema.keys()].filter((name) => !fixed(name) && !(name in attributes));
  return {
    title: "Edit attributes",
    text: "An attribute that is emptied is deleted.",
    fields: [
      ...present.map((name) => ({
        name: `now:${name}`,
        label: name,
        value: attributes[name],
        // A line of text would lose the ends of lines in it.
        type:
          /[\r\n]/.test(attributes[name]) || attributes[name].length > 100 ? "textarea" : "text",
      })),
      { name: "added", label: "Another attribute", options: [["", "none"], ...absent] },
      { name: "value", label: "Its value" },
    ],
    action: "Save",
    calls: (values) => {
      const changed = {};
      const deleted = [];
      for (const name of present) {
        const text = values[`now:${name}`];
        const before = attributes[name].replace(/\r\n?/g, "\n");
        if (text === before) continue;
        if (text === "") deleted.push(name);
        else changed[name] = text;
      }
      if (values.added) changed[values.added] = values.value;
      const calls = [];
      if (Object.keys(changed).length) {
        const UserAttributes = attributeList(changed);
        calls.push(idp("AdminUpdateUserAttributes", { ...about, UserAttributes }));
      }
      if (deleted.length) {
        calls.push(idp("AdminDeleteUserAttributes", { ...about, UserAttributeNames: deleted }));
      }
      return calls;
    },
    after: again,
    done: "Saved",
  };
}

async function groups() {
  const found = await sendAll(idp("AdminListGroupsForUser", its.about), "Groups");
  if (found.length === 0) return nothing("In no group.");
  return h(
    "ul",
    { class: "list" },
    found.map(({ GroupName: name, Precedence: rank, RoleArn: role }) =>
      h(
        "li",
        { class: "row apart" },
        h(
          "span",
          { class: "wrap" },
          h("strong", {}, name),
          rank !== undefined && h("span", { class: "soft" }, ` precedence ${rank}`),
          role && h("span", { class: "soft" }, ` ${role}`),
        ),
        changes(
          "Remove",
          () => ({
            title: `Remove from ${name}`,
            action: "Remove",
            calls: () => [idp("AdminRemoveUserFromGroup", { ...its.about, GroupName: name })],
            after: again,
          }),
          "small plain",
        ),
      ),
    ),
  );
}

async function addToGroup() {
  const all = await sendAll(idp("ListGroups", { UserPoolId: its.pool.id }), "Groups");
  const names = all.map(({ GroupName: name }) => name);
  return {
    title: "Add to a group",
    text: names.length ? undefined : "The pool has no groups yet: this one is created, too.",
    fields: [
      names.length
        ? { name: "group", label: "Group", options: names }
        : { name: "group", label: "Name of the group", required: true },
    ],
    action: "Add",
    calls: ({ group: GroupName }) => [
      ...(names.length ? [] : [idp("CreateGroup", { UserPoolId: its.pool.id, GroupName })]),
      idp("AdminAddUserToGroup", { ...its.about, GroupName }),
    ],
    after: again,
    done: "Added",
  };
}
