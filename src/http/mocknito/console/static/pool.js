// A pool: its settings, of which the common ones can be changed. What belongs to it is in
// pool_lists.js.

import {
  at,
  attempt,
  copy,
  facts,
  fill,
  h,
  idle,
  isBusy,
  none,
  pill,
  redraw,
  time,
  value,
} from "./dom.js";
import { copyAs, idp, send } from "./calls.js";
import { onPool, pool as current, refresh, usersAddress } from "./shell.js";
import { card, change, changes, menu } from "./actions.js";
import { lists } from "./pool_lists.js";

/**
 * What UpdateUserPool takes of what DescribeUserPool gives. It resets some of what is not sent, so
 * everything is.
 */
const KEPT = [
  "Policies",
  "DeletionProtection",
  "LambdaConfig",
  "AutoVerifiedAttributes",
  "SmsVerificationMessage",
  "EmailVerificationMessage",
  "EmailVerificationSubject",
  "VerificationMessageTemplate",
  "SmsAuthenticationMessage",
  "UserAttributeUpdateSettings",
  "MfaConfiguration",
  "DeviceConfiguration",
  "EmailConfiguration",
  "SmsConfiguration",
  "UserPoolTags",
  "AdminCreateUserConfig",
  "UserPoolAddOns",
  "DcrConfiguration",
  "AccountRecoverySetting",
  "UserPoolTier",
  "KeyConfiguration",
  "IssuerConfiguration",
  "AcrConfiguration",
];
const TRIGGERS = [
  "PreSignUp",
  "PostConfirmation",
  "PreAuthentication",
  "PostAuthentication",
  "PreTokenGeneration",
  "CustomMessage",
  "UserMigration",
  "DefineAuthChallenge",
  "CreateAuthChallenge",
  "VerifyAuthChallengeResponse",
];

let drawn;

onPool((pool) => {
  if (!pool) {
    drawn = undefined;
    fill(at("tools"));
    const make = h(
      "button",
      { type: "button", class: "primary", onclick: createPool },
      "Create a pool",
    );
    return fill(
      at("content"),
      none(
        "No user pools yet",
        "A pool holds users and the app clients that they sign in to.",
        make,
      ),
    );
  }
  const key = keyOf(pool);
  users.textContent = pool.users.toLocaleString();
  if (drawn === key) return undefined;
  drawn = key;
  return attempt(() => show(pool));
});

/** How many users there are: it changes all the time, and nothing else is drawn for it. */
const users = h("span", {});

/** What the page is drawn from. */
const keyOf = (pool) => JSON.stringify({ ...pool, users: 0 });

/** After something was done: the page as it is now, which a changed list may have drawn already. */
async function again() {
  drawn = undefined;
  await refresh();
  if (drawn !== undefined) return;
  drawn = keyOf(current());
  await show(current());
}

/** What is open stays open: the page is drawn when whoever is at a menu or a dialog is done. */
async function show(pool) {
  let settings;
  do {
    await idle();
    ({ UserPool: settings } = await send(idp("DescribeUserPool", { UserPoolId: pool.id })));
  } while (isBusy());
  // Meanwhile another one may have been asked for.
  if (drawn !== keyOf(pool)) return;
  redraw(
    at("tools"),
    menu(
      "Edit",
      ...[
        ["Password policy", passwordPolicy],
        ["Self-service sign-up", signUp],
        ["MFA", secondFactors],
        ["Lambda triggers", functions],
        ["Deletion protection", protection],
      ].map(([label, make]) => changes(`${label} …`, () => make(pool, settings), "plain")),
      changes("Delete the pool …", () => deletion(pool), "plain danger"),
    ),
    h("button", { type: "button", onclick: createPool }, "Create a pool"),
    copyAs(() => idp("DescribeUserPool", { UserPoolId: pool.id })),
  );
  redraw(
    at("content"),
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "columns wide" },
        overview(pool, settings),
        rules(settings),
        ways(settings),
      ),
      lists(pool, settings, again),
      everything(settings),
    ),
  );
}

function overview(pool, settings) {
  return card(
    settings.Name,
    pill(pool.region),
    facts([
      ["Id", value(pool.id, "the pool’s id")],
      ["ARN", value(settings.Arn, "the ARN")],
      ["Issuer", value(pool.issuer, "the issuer")],
      ["Users", h("a", { href: usersAddress(pool.id) }, users)],
      ["Feature plan", settings.UserPoolTier],
      ["Created", time(settings.CreationDate)],
      ["Changed", time(settings.LastModifiedDate)],
      ["Deletion protection", settings.DeletionProtection === "ACTIVE" ? pill("on", "ok") : "off"],
    ]),
  );
}

const yes = (flag) => (flag ? "yes" : "no");
const listed = (names) => (names?.length ? names.join(", ") : undefined);

function rules(settings) {
  const policy = settings.Policies?.PasswordPolicy ?? {};
  const kinds = [
    ["RequireUppercase", "A–Z"],
    ["RequireLowercase", "a–z"],
    ["RequireNumbers", "0–9"],
    ["RequireSymbols", "symbols"],
  ];
  const wanted = kinds.filter(([name]) => policy[name]).map(([, text]) => text);
  const required = (settings.SchemaAttributes ?? [])
    .filter(({ Name, Required }) => Required && Name !== "sub")
    .map(({ Name }) => Name);
  return card(
    "Users and passwords",
    undefined,
    facts([
      ["Username", listed(settings.UsernameAttributes) ?? "a user name"],
      ["Aliases", listed(settings.AliasAttributes)],
      ["Case sensitive", yes(settings.UsernameConfiguration?.CaseSensitive)],
      ["Self-service sign-up", yes(!settings.AdminCreateUserConfig?.AllowAdminCreateUserOnly)],
      ["Auto-verified", listed(settings.AutoVerifiedAttributes)],
      ["Required attributes", listed(required)],
      ["Password", `${policy.MinimumLength ?? 8} characters or more`],
      ["With", listed(wanted)],
      ["Temporary for", `${policy.TemporaryPasswordValidityDays ?? 7} days`],
      ["Password history", policy.PasswordHistorySize],
    ]),
  );
}

function ways(settings) {
  const functionsOf = Object.entries(settings.LambdaConfig ?? {}).map(([name, at]) => [
    name,
    h(
      "code",
      { class: "wrap" },
      typeof at === "string" ? at : (at.LambdaArn ?? JSON.stringify(at)),
    ),
  ]);
  return card(
    "Sign-in",
    undefined,
    facts([
      [
        "MFA",
        { ON: "everybody", OPTIONAL: "who chooses one" }[settings.MfaConfiguration] ?? "nobody",
      ],
      ["First factors", listed(settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors)],
      ["Threat protection", settings.UserPoolAddOns?.AdvancedSecurityMode],
      ["Tracks devices", settings.DeviceConfiguration && "yes"],
      [
        "Recovery by",
        listed(settings.AccountRecoverySetting?.RecoveryMechanisms?.map(({ Name }) => Name)),
      ],
      ...functionsOf,
    ]),
    functionsOf.length === 0 && h("p", { class: "soft" }, "No Lambda triggers."),
  );
}

const everything = (settings) => {
  const text = JSON.stringify(settings, undefined, 2);
  return h(
    "details",
    { class: "card" },
    h("summary", {}, "Everything, as DescribeUserPool says it"),
    h("div", { class: "code" }, h("pre", { tabindex: "0" }, text), copy(text, "all settings")),
  );
};

/** The call that changes some members and keeps the others. */
function update(pool, settings, members) {
  const kept = {};
  for (const name of KEPT) {
    const is = settings[name];
    if (is !== undefined && is !== null) kept[name] = is;
  }
  if (kept.AdminCreateUserConfig) {
    // Told by DescribeUserPool beside the policy’s member, which is the only one that is taken.
    const { UnusedAccountValidityDays: _, ...config } = kept.AdminCreateUserConfig;
    kept.AdminCreateUserConfig = config;
  }
  return idp("UpdateUserPool", { UserPoolId: pool.id, ...kept, ...members });
}

const changing = (pool, settings, title, fields, members, text) => ({
  title,
  text,
  fields,
  action: "Save",
  calls: (values) => [update(pool, settings, members(values))],
  after: again,
  done: "Saved",
});

function passwordPolicy(pool, settings) {
  const policy = settings.Policies?.PasswordPolicy ?? {};
  const check = (name, label) => ({ name, label, type: "checkbox", value: policy[name] });
  return changing(
    pool,
    settings,
    "Password policy",
    [
      {
        name: "MinimumLength",
        label: "Shortest password",
        type: "number",
        min: 6,
        max: 99,
        value: policy.MinimumLength ?? 8,
        required: true,
      },
      check("RequireUppercase", "with a capital letter"),
      check("RequireLowercase", "with a small letter"),
      check("RequireNumbers", "with a digit"),
      check("RequireSymbols", "with a symbol"),
      {
        name: "TemporaryPasswordValidityDays",
        label: "Temporary passwords last (days)",
        type: "number",
        min: 0,
        max: 365,
        value: policy.TemporaryPasswordValidityDays ?? 7,
      },
      {
        name: "PasswordHistorySize",
        label: "Remembered passwords",
        type: "number",
        min: 0,
        max: 24,
        value: policy.PasswordHistorySize ?? 0,
        hint: "Needs the plan Essentials or Plus.",
      },
    ],
    (values) => {
      const numbers = ["MinimumLength", "TemporaryPasswordValidityDays", "PasswordHistorySize"];
      const read = Object.fromEntries(
        Object.entries(values).map(([name, is]) => [
          name,
          numbers.includes(name) ? Number(is) : is,
        ]),
      );
      if (!read.PasswordHistorySize && !policy.PasswordHistorySize) delete read.PasswordHistorySize;
      return { Policies: { ...settings.Policies, PasswordPolicy: { ...policy, ...read } } };
    },
  );
}

function signUp(pool, settings) {
  const config = settings.AdminCreateUserConfig ?? {};
  const auto = settings.AutoVerifiedAttributes ?? [];
  return changing(
    pool,
    settings,
    "Self-service sign-up",
    [
      {
        name: "open",
        label: "Users may sign themselves up",
        type: "checkbox",
        value: !config.AllowAdminCreateUserOnly,
      },
      {
        name: "email",
        label: "E-mail addresses are verified",
        type: "checkbox",
        value: auto.includes("email"),
      },
      {
        name: "phone_number",
        label: "Phone numbers are verified",
        type: "checkbox",
        value: auto.includes("phone_number"),
      },
    ],
    ({ open, ...verified }) => {
      const { UnusedAccountValidityDays: _, ...kept } = config;
      return {
        AdminCreateUserConfig: { ...kept, AllowAdminCreateUserOnly: !open },
        AutoVerifiedAttributes: ["phone_number", "email"].filter((name) => verified[name]),
      };
    },
  );
}

async function secondFactors(pool) {
  const about = { UserPoolId: pool.id };
  const now = await send(idp("GetUserPoolMfaConfig", about));
  return {
    title: "MFA",
    text: "What the pool has for text messages and e-mail stays as it is.",
    fields: [
      {
        name: "mfa",
        label: "Asked for",
        options: [
          ["OFF", "from nobody"],
          ["OPTIONAL", "from those who choose one"],
          ["ON", "from everybody"],
        ],
        value: now.MfaConfiguration ?? "OFF",
      },
      {
        name: "app",
        label: "Authenticator apps",
        type: "checkbox",
        value: now.SoftwareTokenMfaConfiguration?.Enabled,
      },
    ],
    action: "Save",
    calls: ({ mfa, app }) => [
      idp("SetUserPoolMfaConfig", {
        ...about,
        ...now,
        SoftwareTokenMfaConfiguration: { Enabled: app },
        MfaConfiguration: mfa,
      }),
    ],
    after: again,
    done: "Saved",
  };
}

function functions(pool, settings) {
  const now = settings.LambdaConfig ?? {};
  return changing(
    pool,
    settings,
    "Lambda triggers",
    TRIGGERS.map((name) => ({ name, label: name, value: now[name] ?? "" })),
    (values) => {
      const config = { ...now };
      for (const name of TRIGGERS) {
        const arn = values[name].trim();
        if (arn) config[name] = arn;
        else delete config[name];
        if (name === "PreTokenGeneration" && arn !== (now[name] ?? ""))
          delete config.PreTokenGenerationConfig;
      }
      return { LambdaConfig: config };
    },
    "Each by its ARN. The server’s --trigger says what is run for a name.",
  );
}

const protection = (pool, settings) =>
  changing(
    pool,
    settings,
    "Deletion protection",
    [
      {
        name: "on",
        label: "Refuse to delete this pool",
        type: "checkbox",
        value: settings.DeletionProtection === "ACTIVE",
      },
    ],
    ({ on }) => ({ DeletionProtection: on ? "ACTIVE" : "INACTIVE" }),
  );

const deletion = (pool) => ({
  title: `Delete ${pool.name}`,
  text: `Deletes its ${pool.users.toLocaleString()} users, its clients and keys for good.`,
  action: "Delete",
  kind: "danger",
  calls: () => [idp("DeleteUserPool", { UserPoolId: pool.id })],
  after: async () => {
    drawn = undefined;
    history.replaceState(null, "", "/_mocknito/pool");
    await refresh();
  },
  done: "Deleted",
});

function createPool() {
  change({
    title: "Create a user pool",
    fields: [
      { name: "name", label: "Name", required: true },
      { name: "region", label: "Region", value: "us-east-1", required: true },
      {
        name: "by",
        label: "Users sign in by",
        options: [
          ["", "a user name"],
          ["email", "their e-mail address"],
          ["phone_number", "their phone number"],
        ],
      },
      { name: "verify", label: "E-mail addresses are verified", type: "checkbox", value: true },
    ],
    action: "Create",
    calls: ({ name: PoolName, region, by, verify }) => [
      idp(
        "CreateUserPool",
        {
          PoolName,
          UsernameAttributes: by ? [by] : undefined,
          AutoVerifiedAttributes: verify ? ["email"] : undefined,
        },
        region.trim(),
      ),
    ],
    after: async ({ UserPool: made }) => {
      location.href = `/_mocknito/pool?${new URLSearchParams({ pool: made.Id })}`;
    },
    done: "Created",
  });
}
