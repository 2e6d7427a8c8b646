// How the console speaks to the server: ordinary AWS calls and /_mocknito/ calls, each of which can
// be copied as a line for a shell.

import { h, toast, toClipboard } from "./dom.js";

const SERVICES = {
  idp: { target: "AWSCognitoIdentityProviderService", cli: "cognito-idp", scope: "cognito-idp" },
  identity: {
    target: "AWSCognitoIdentityService",
    cli: "cognito-identity",
    scope: "cognito-identity",
  },
};

/** What the server refused: `name` is its code. */
export class Refused extends Error {
  constructor(name, message, status) {
    super(message || name);
    this.name = name;
    this.status = status;
  }
}

/** A call of an operation, as an object that can be made, or shown. */
export const idp = (operation, input = {}, region) => awsCall("idp", operation, input, region);
export const identity = (operation, input = {}, region) =>
  awsCall("identity", operation, input, region);

function awsCall(service, operation, input, region) {
  return { service, operation, input, region: region ?? regionOf(input) };
}

/** A call below /_mocknito/. */
export const mocknito = (method, path, body) => ({ method, path: `/_mocknito/${path}`, body });

/** The Region that a pool's id names. */
function regionOf(input) {
  const id = input.UserPoolId ?? input.IdentityPoolId ?? input.IdentityId ?? "";
  return id.match(/^([a-z]{2}(?:-[a-z0-9]+)+)[_:]/)?.[1] ?? "us-east-1";
}

/** Makes a call; gives the answer's document or throws `Refused`. */
export async function send(call) {
  const [path, request] = call.service ? awsRequest(call) : ownRequest(call);
  let answer;
  try {
    answer = await fetch(path, { ...request, cache: "no-store" });
  } catch {
    throw new Refused("Error", "The server does not answer.", 0);
  }
  const text = await answer.text();
  let document = {};
  try {
    document = text ? JSON.parse(text) : {};
  } catch {
    if (answer.ok) return text;
  }
  if (answer.ok) return document;
  const name = document.__type ?? document.error ?? `${answer.status}`;
  throw new Refused(
    name,
    document.message ?? document.Message ?? document.error_description,
    answer.status,
  );
}

function awsRequest({ service, operation, input, region }) {
  const { target, scope } = SERVICES[service];
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `${target}.${operation}`,
    // No key is asked for here; the Region is read from the scope.
    authorization:
      `AWS4-HMAC-SHA256 Credential=console/20260101/${region}/${scope}/aws4_request, ` +
      "SignedHeaders=host, Signature=00",
    "x-mocknito-console": "1",
  };
  return ["/", { method: "POST", headers, body: JSON.stringify(input) }];
}

/** `body` is sent as JSON, `text` as it is. */
function ownRequest({ method, path, body, headers: more, text }) {
  const headers = { accept: "application/json", "x-mocknito-console": "1", ...more };
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = body === undefined ? text : JSON.stringify(body);
  return [path, { method, headers, body: sent }];
}

/** All pages of a list: `token` is the member that leads on (`NextToken`, `PaginationToken`). */
export async function sendAll(call, member, token = "NextToken") {
  const all = [];
  let input = call.input;
  do {
    const answer = await send({ ...call, input });
    all.push(...(answer[member] ?? []));
    input = { ...call.input, [token]: answer[token] };
  } while (input[token]);
  return all;
}

const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A member's name as the AWS CLI has it: `CallbackURLs` → `callback-urls`. */
function dashed(name) {
  const urls = name.match(/[A-Z]{2,}s$/)?.[0];
  const rest = urls ? `${name.slice(0, -urls.length)}-${urls.toLowerCase()}` : name;
  return rest
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/--+/g, "-")
    .toLowerCase();
}

function option([name, value]) {
  const flag = `--${dashed(name)}`;
  if (typeof value === "boolean") return value ? flag : `--no-${dashed(name)}`;
  const isWords = Array.isArray(value) && value.every((one) => typeof one === "string");
  if (isWords && value.length) return `${flag} ${value.map(quoted).join(" ")}`;
  const text = typeof value === "object" ? JSON.stringify(value) : `${value}`;
  // What begins with a dash would be taken for another option.
  return text.startsWith("-") ? `${flag}=${quoted(text)}` : `${flag} ${quoted(text)}`;
}

const KEYS = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test";

/** The call for the AWS CLI, which wants some keys and takes any here. */
export function awsCli({ service, operation, input, region }) {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return [
    `${KEYS} aws ${SERVICES[service].cli} ${dashed(operation)}`,
    `--endpoint-url ${location.origin} --region ${region}`,
    ...given.map(option),
  ].join(" \\\n  ");
}

/** Any call for curl. */
export function curl(call) {
  const [path, { method, headers, body }] = call.service ? awsRequest(call) : ownRequest(call);
  const told = Object.entries(headers).filter(
    ([name]) => !/^(accept|x-mocknito-console)$/.test(name),
  );
  return [
    `curl -s -X ${method} ${quoted(location.origin + path)}`,
    ...told.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(" \\\n  ");
}

/** A button that copies a call as a line for a shell. */
const copying = (label, name, write, make) =>
  h(
    "button",
    {
      type: "button",
      class: "plain",
      onclick: async (event) => {
        const menu = event.target.closest("details");
        const summary = menu.querySelector("summary");
        const copied = async () => toClipboard(write(await make()), summary);
        const done = await copied().catch(() => false);
        menu.open = false;
        toast(done ? `Copied as ${name}` : "Nothing could be copied", done ? "" : "bad");
      },
    },
    label,
  );

const sheet = (label, ...entries) =>
  h(
    "details",
    { class: "menu small" },
    h("summary", {}, label),
    h("div", { class: "sheet" }, entries),
  );

/** A menu that copies a call; `make()` gives the call as it is when the menu is used. */
export function copyAs(make, label = "Copy as …") {
  const entries = make().service ? [copying("AWS CLI", "AWS CLI", awsCli, make)] : [];
  return sheet(label, entries, copying("curl", "curl", curl, make));
}

/** The same for several calls below /_mocknito/, each by what its button says. */
export const copyEach = (entries) =>
  sheet(
    "Copy as curl …",
    entries.map(([label, make]) => copying(label, "curl", curl, make)),
  );

/**
 * Follows a list that has a version: asks, waits until it changes, asks again. A page that nobody
 * sees holds no connection, of which browsers have only six for each server. `path()` is asked
 * again each time; the function that is given back asks anew.
 */
export function follow(path, show, become = () => {}) {
  let version;
  let control;
  let pause = 500;
  const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const seen = () =>
    document.hidden &&
    new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true }),
    );
  const loop = async () => {
    for (;;) {
      await seen();
      if (document.hidden) continue;
      control = new AbortController();
      try {
        const address = new URL(path(), location.href);
        address.searchParams.set("since", version ?? 0);
        if (version !== undefined) address.searchParams.set("wait", "30s");
        const [, request] = ownRequest({ method: "GET" });
        const { signal } = control;
        const answer = await fetch(address, { ...request, cache: "no-store", signal });
        if (!answer.ok) throw new Error(`${answer.status}`);
        const news = await answer.json();
        if (control.signal.aborted) continue;
        become("live", "Live");
        if (news.version !== version) show(news);
        version = news.version;
        pause = 500;
      } catch (error) {
        version = undefined;
        if (error.name === "AbortError") continue;
        become("lost", "No connection. Trying again …");
        await sleep(pause);
        pause = Math.min(pause * 2, 5000);
      }
    }
  };
  document.addEventListener("visibilitychange", () => document.hidden && control?.abort());
  loop();
  return () => {
    version = undefined;
    control?.abort();
  };
}
