// How a user gets in, and how often they did: second factors, passkeys, linked identities, risk,
// sign-ins, devices and messages.

import { at, copy, facts, h, pill, table, time, value, wrapped } from "./dom.js";
import { idp, mocknito, send, sendAll } from "./calls.js";
import { changes, nothing } from "./actions.js";
import { again, its, ownQuery } from "./user_state.js";

export function secondFactors() {
  const { user, extra, settings } = its;
  const chosen = user.UserMFASettingList ?? [];
  const asked = settings.MfaConfiguration ?? "OFF";
  const app = extra.software_token;
  const shown =
    app &&
    h(
      "span",
      { class: "value" },
      h("output", { id: "app-code", class: "big mono" }, app.code ?? "–"),
      copy(() => its.extra.software_token.code, "the code"),
    );
  return facts([
    ["The pool asks", { ON: "everybody", OPTIONAL: "who has chosen it", OFF: "nobody" }[asked]],
    ["Chosen", chosen.length ? chosen.map(factor).join(", ") : "none"],
    ["Preferred", user.PreferredMfaSetting && factor(user.PreferredMfaSetting)],
    ["Authenticator app", app ? (app.name ?? "set up") : "none"],
    ["Its code now", shown],
  ]);
}

export function drawCode() {
  const place = at("app-code");
  const code = its.extra.software_token?.code;
  if (place && code && place.textContent !== code) place.textContent = code;
}

export function changeMfa() {
  const { user } = its;
  const chosen = user.UserMFASettingList ?? [];
  return {
    title: "Second factors",
    text: "An app is set up by its user: at a sign-in, or by AssociateSoftwareToken.",
    fields: [
      ...FACTORS.map(([name, , label]) => ({
        name,
        label,
        type: "checkbox",
        value: chosen.includes(name),
      })),
      {
        name: "preferred",
        label: "Preferred",
        options: [["", "none"], ...FACTORS.map(([name, , label]) => [name, label])],
        value: user.PreferredMfaSetting ?? "",
      },
    ],
    action: "Save",
    calls: (values) => {
      const input = { ...its.about };
      for (const [name, member] of FACTORS) {
        // What is neither on nor was is not sent: the pool may not know it.
        if (!values[name] && !chosen.includes(name)) continue;
        const PreferredMfa = values[name] && values.preferred === name;
        input[member] = { Enabled: values[name], PreferredMfa };
      }
      return [idp("AdminSetUserMFAPreference", input)];
    },
    after: again,
    done: "Saved",
  };
}

export function passkeys() {
  const found = its.extra.passkeys;
  if (found.length === 0) return nothing("None. Users add them at /passkeys/add, or by the API.");
  return h(
    "ul",
    { class: "list" },
    found.map((one) =>
      h(
        "li",
        { class: "row apart" },
        h(
          "span",
          { class: "wrap" },
          h("strong", {}, one.name || "Passkey"),
          h("span", { class: "soft" }, ` for ${one.relying_party_id}, since `),
          time(one.created_at),
        ),
        changes(
          "Delete",
          () => ({
            title: `Delete the passkey ${one.name}`,
            text: "AWS lets only its user delete it; this does it for them.",
            action: "Delete",
            kind: "danger",
            calls: () => [
              mocknito("DELETE", `user/passkeys/${encodeURIComponent(one.id)}?${ownQuery()}`),
            ],
            after: again,
          }),
          "small plain danger",
        ),
      ),
    ),
  );
}

export function identities() {
  let linked = [];
  try {
    linked = JSON.parse(its.attributes.identities ?? "[]");
  } catch {
    // An attribute that somebody wrote by hand.
  }
  if (!Array.isArray(linked) || linked.length === 0) return nothing("None.");
  return h(
    "ul",
    { class: "list" },
    linked.map(({ providerName, providerType, userId, primary }) =>
      h(
        "li",
        { class: "row apart" },
        h(
          "span",
          { class: "wrap" },
          h("strong", {}, `${providerName}`),
          h("span", { class: "soft" }, ` ${providerType}, `),
          h("code", {}, `${userId}`),
        ),
        `${primary}` !== "true" &&
          changes(
            "Unlink",
            () => ({
              title: `Unlink ${providerName}`,
              action: "Unlink",
              calls: () => [
                idp("AdminDisableProviderForUser", {
                  UserPoolId: its.pool.id,
                  User: {
                    ProviderName: providerName,
                    ProviderAttributeName: "Cognito_Subject",
                    ProviderAttributeValue: userId,
                  },
                }),
              ],
              after: again,
            }),
            "small plain",
          ),
      ),
    ),
  );
}

export async function link() {
  const input = { UserPoolId: its.pool.id };
  const found = await sendAll(idp("ListIdentityProviders", input), "Providers");
  if (found.length === 0) throw new Error("The pool has no identity providers.");
  return {
    title: "Link an identity",
    text: "Whoever signs in by that provider as this subject signs in as this user.",
    fields: [
      { name: "provider", label: "Provider", options: found.map(({ ProviderName: name }) => name) },
      { name: "subject", label: "Its subject", required: true },
    ],
    action: "Link",
    calls: ({ provider, subject }) => [
      idp("AdminLinkProviderForUser", {
        ...input,
        DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: its.user.Username },
        SourceUser: {
          ProviderName: provider,
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: subject,
        },
      }),
    ],
    after: again,
    done: "Linked",
  };
}

export const setRisk = () => ({
  title: "How risky are this user’s sign-ins?",
  text: "Said in place of Amazon’s own judgement, for pools with threat protection.",
  fields: [
    {
      name: "level",
      label: "Level",
      options: [["", "harmless"], "Low", "Medium", "High"],
      value: its.extra.risk ?? "",
    },
  ],
  action: "Set",
  calls: ({ level }) => [
    mocknito("POST", "risk", {
      user_pool_id: its.pool.id,
      username: its.username,
      level: level || null,
    }),
  ],
  after: again,
});

/** Second factors as AWS calls them, with the member of a call that sets each. */
const FACTORS = [
  ["SMS_MFA", "SMSMfaSettings", "a code by text message"],
  ["SOFTWARE_TOKEN_MFA", "SoftwareTokenMfaSettings", "an authenticator app"],
  ["EMAIL_OTP", "EmailMfaSettings", "a code by e-mail"],
];
const factor = (name) => FACTORS.find(([known]) => known === name)?.[2] ?? name;

const clientName = (id) => its.pool.clients.find((client) => client.id === id)?.name ?? id;

export function sessions() {
  const found = its.extra.sessions;
  if (found.length === 0) return nothing("Nobody is signed in as this user.");
  const columns = [
    {
      title: "Kind",
      cell: ({ kind }) => (kind === "browser" ? "Browser" : "Tokens"),
    },
    { title: "App client", cell: ({ client_id: id }) => h("span", { title: id }, clientName(id)) },
    { title: "Began", cell: ({ began_at: at }) => time(at) },
    { title: "Ends", cell: ({ expires_at: at }) => time(at) },
    { title: "Proved by", cell: ({ methods }) => methods.join(", ") },
    { title: "Scopes", cell: ({ scope }) => wrapped(scope) },
    {
      title: "End it",
      class: "right",
      cell: (one) =>
        changes(
          "End",
          () => ({
            title: "End this sign-in",
            text:
              one.kind === "browser"
                ? "The browser is asked to sign in again. Its tokens live on."
                : "Its refresh token and, where the service checks, its access tokens end.",
            action: "End",
            kind: "danger",
            calls: () => [
              mocknito("DELETE", `user/sessions/${encodeURIComponent(one.id)}?${ownQuery()}`),
            ],
            after: again,
          }),
          "small",
        ),
    },
  ];
  return table("List of sign-ins that count", columns, found);
}

export const endAll = () => ({
  title: "Sign out everywhere",
  text: "Ends every refresh token, access token and browser session of this user.",
  action: "End all",
  kind: "danger",
  calls: () => [idp("AdminUserGlobalSignOut", its.about)],
  after: again,
  done: "Signed out",
});

/** The attribute that says whether a device is remembered; that without "dev:" says "valid". */
const STATUS = "dev:device_remembered_status";

export async function devices() {
  if (!its.settings.DeviceConfiguration) return nothing("The pool tracks no devices.");
  const input = { ...its.about, Limit: 60 };
  const found = await sendAll(idp("AdminListDevices", input), "Devices", "PaginationToken");
  if (found.length === 0) return nothing("None. Pools that track devices show them here.");
  const named = (device, name) => device.DeviceAttributes?.find(({ Name }) => Name === name)?.Value;
  const columns = [
    {
      title: "Device",
      cell: (one) => h("span", { class: "wrap" }, named(one, "device_name") ?? one.DeviceKey),
    },
    { title: "Status", cell: (one) => named(one, STATUS)?.replace("_", " ") ?? "" },
    { title: "Last seen", cell: (one) => time(one.DeviceLastAuthenticatedDate) },
    {
      title: "Actions",
      class: "right",
      cell: ({ DeviceKey, ...one }) => {
        const remembered = named(one, STATUS) !== "not_remembered";
        const to = remembered ? "not_remembered" : "remembered";
        const deviceCall = (operation, more) => [
          idp(operation, { ...its.about, DeviceKey, ...more }),
        ];
        return h(
          "span",
          { class: "row" },
          changes(
            remembered ? "Do not remember" : "Remember",
            () => ({
              title: remembered ? "Do not remember the device" : "Remember the device",
              action: "Save",
              calls: () => deviceCall("AdminUpdateDeviceStatus", { DeviceRememberedStatus: to }),
              after: again,
            }),
            "small plain",
          ),
          changes(
            "Forget",
            () => ({
              title: "Forget the device",
              action: "Forget",
              kind: "danger",
              calls: () => deviceCall("AdminForgetDevice"),
              after: again,
            }),
            "small plain danger",
          ),
        );
      },
    },
  ];
  return table("List of devices", columns, found);
}

export async function events() {
  const mode = its.settings.UserPoolAddOns?.AdvancedSecurityMode ?? "OFF";
  if (mode === "OFF") return nothing("The pool keeps none: it has no threat protection.");
  const input = { ...its.about, MaxResults: 20 };
  const { AuthEvents: found = [] } = await send(idp("AdminListUserAuthEvents", input));
  if (found.length === 0) return nothing("None yet.");
  const columns = [
    { title: "When", cell: (one) => time(one.CreationDate) },
    { title: "What", cell: (one) => one.EventType },
    {
      title: "Came to",
      cell: (one) => pill(one.EventResponse, { Pass: "ok", Fail: "bad" }[one.EventResponse] ?? ""),
    },
    {
      title: "Risk",
      cell: ({ EventRisk: judged = {} }) =>
        [judged.RiskDecision, judged.RiskLevel].filter(Boolean).join(", "),
    },
    {
      title: "Challenges",
      cell: ({ ChallengeResponses: all = [] }) =>
        all
          .map(({ ChallengeName, ChallengeResponse }) => `${ChallengeName}: ${ChallengeResponse}`)
          .join(", "),
    },
  ];
  return table("List of sign-ins on record", columns, found);
}

export const inboxLink = () =>
  h(
    "a",
    {
      class: "button small",
      href: `/_mocknito/inbox?${new URLSearchParams({ pool: its.pool.id })}`,
    },
    "Inbox",
  );

export async function messages() {
  const { email, phone_number: phone } = its.attributes;
  const found = [];
  for (const to of [email, phone].filter(Boolean)) {
    const asked = new URLSearchParams({ user_pool_id: its.pool.id, to });
    const { messages: some } = await send(mocknito("GET", `inbox?${asked}`));
    found.push(...some);
  }
  if (found.length === 0) return nothing("None.");
  found.sort((one, other) => (one.created_at < other.created_at ? 1 : -1));
  const columns = [
    { title: "When", cell: (one) => time(one.created_at) },
    { title: "Why", cell: (one) => one.kind },
    { title: "To", cell: (one) => wrapped(one.to) },
    { title: "Code", cell: (one) => (one.code ? value(one.code, "the code") : "") },
    { title: "Subject", cell: (one) => wrapped(one.subject) },
  ];
  return table("List of messages", columns, found.slice(0, 10));
}
