// A browser without scripts that goes from server to server, and a pool to sign in to.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "./sdk.mjs";

/** Where the application waits. Nobody listens there: the browser stops in front of it. */
export const CALLBACK = "http://localhost:3999/callback";
export const GOODBYE = "http://localhost:3999/goodbye";

/** A client's, long enough to sign with by each algorithm of HMAC. */
export const SECRET =
  "a-secret-of-more-than-thirty-two-bytes-for-hmac-sha-512-and-so-on-and-on";

/** For a provider that must be told its port and cannot choose one. */
export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A browser that keeps the cookies of every host. */
export function browser() {
  const jars = new Map();

  async function visit(url, options = {}) {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map();
    jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      ...options,
      redirect: "manual",
      headers: { ...options.headers, cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Follows redirects to a page, or to the application's address. */
  async function open(url, options) {
    for (let hops = 0; hops < 20; hops += 1) {
      if (url.startsWith("http://localhost:3999/")) return { url };
      const answer = await visit(url, options);
      const location = answer.headers.get("location");
      if (!location) return { url, status: answer.status, html: await answer.text() };
      // Every redirect here wants to be followed by GET.
      options = undefined;
      url = new URL(location, url).href;
    }
    throw new Error(`too many redirects: ${url}`);
  }

  /** Sends the page's first form with its hidden fields and these. */
  async function submit(page, fields = {}) {
    const form = page.html?.match(/<form([^>]*)>([\s\S]*?)<\/form>/i);
    if (!form) throw new Error(`no form at ${page.url} (${page.status}):\n${page.html}`);
    const action = attribute(form[1], "action") ?? page.url;
    const body = new URLSearchParams();
    for (const [input] of form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/gi)) {
      body.set(attribute(input, "name"), attribute(input, "value") ?? "");
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return open(new URL(action, page.url).href, { method: "POST", body });
  }

  return { open, submit };
}

function attribute(html, name) {
  const value = html.match(new RegExp(`\\b${name}="([^"]*)"`, "i"))?.[1];
  return value
    ?.replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#x2F;", "/")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&amp;", "&");
}

/** The parameters of the address at which the browser came to the application. */
export function brought(page) {
  assert.ok(page.url.startsWith(CALLBACK), `${page.status} ${page.url}\n${page.html ?? ""}`);
  const answer = Object.fromEntries(new URL(page.url).searchParams);
  assert.equal(answer.state, "app-state");
  return answer;
}

/** A pool with a provider, and an application that lets people in by it. */
export async function makePool(server, provider) {
  const client = server.client();
  const { UserPool } = await client.send(
    new CreateUserPoolCommand({
      PoolName: "providers",
      Schema: [{ Name: "at", AttributeDataType: "String", Mutable: true }],
    }),
  );
  const named = { UserPoolId: UserPool.Id, ProviderName: "Corp" };
  const created = await client.send(
    new CreateIdentityProviderCommand({ ...named, ...(await provider(UserPool.Id)) }),
  );
  const { UserPoolClient } = await client.send(
    new CreateUserPoolClientCommand({
      UserPoolId: UserPool.Id,
      ClientName: "app",
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid", "email", "profile"],
      CallbackURLs: [CALLBACK],
      LogoutURLs: [GOODBYE],
      SupportedIdentityProviders: ["Corp"],
    }),
  );
  const clientId = UserPoolClient.ClientId;
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: CALLBACK,
    scope: "openid email profile",
    state: "app-state",
    identity_provider: "Corp",
  });
  return {
    ...named,
    client,
    clientId,
    details: created.IdentityProvider.ProviderDetails,
    start: `${server.url}/oauth2/authorize?${query}`,
    signOut: `${server.url}/logout?client_id=${clientId}&logout_uri=${GOODBYE}`,
    /** The claims of the ID token for what the browser brought. */
    async claims(page) {
      const { code, ...other } = brought(page);
      assert.ok(code, JSON.stringify(other));
      const answer = await fetch(`${server.url}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          client_id: clientId,
          redirect_uri: CALLBACK,
          code,
        }),
      });
      const tokens = await answer.json();
      assert.equal(answer.status, 200, JSON.stringify(tokens));
      return JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
    },
  };
}
