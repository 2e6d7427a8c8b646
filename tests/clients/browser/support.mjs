// A real browser at the real binary: the browser itself, an app made of unmodified packages, and an
// authenticator for its passkeys.
//
// Starting the server and reading its inbox are in ../node/support.mjs; both folders have their
// packages by the time a test runs.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "node:tls";
import { build } from "esbuild";
import { chromium } from "playwright-core";

export {
  CLIENT,
  PASSWORD,
  POOL,
  emptyInbox,
  own,
  sentCode,
  startServer,
} from "../node/support.mjs";

const CHROMIUM = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Chromium without a window. With `trust: server` it takes the server's certificate as if its
 * authority were installed: passkeys work over HTTPS only where the browser sees nothing to
 * complain about. Where no passkey is involved, `openPage(browser, { ignoreHTTPSErrors: true })` is
 * enough.
 */
export async function launchBrowser({ trust, args = [] } = {}) {
  const trusted = trust
    ? [`--ignore-certificate-errors-spki-list=${(await publicKeys(trust)).join(",")}`]
    : [];
  return chromium.launch({ executablePath: CHROMIUM, args: [...QUIET, ...trusted, ...args] });
}

/** SHA-256 of each public key in the chain that the server shows, as Chromium wants them. */
async function publicKeys(server) {
  const { hostname, port } = new URL(server.url);
  const socket = connect({
    host: hostname,
    port: Number(port),
    servername: "localhost",
    rejectUnauthorized: false,
  });
  await new Promise((resolve, reject) =>
    socket.once("secureConnect", resolve).once("error", reject),
  );
  const found = new Set();
  let certificate = socket.getPeerX509Certificate();
  while (certificate) {
    const key = certificate.publicKey.export({ type: "spki", format: "der" });
    found.add(createHash("sha256").update(key).digest("base64"));
    certificate = certificate.issuerCertificate;
  }
  socket.destroy();
  return [...found];
}

/**
 * A page in a browser profile of its own. `complaints` collects what a page that is in order never
 * says: errors of its scripts and on its console, and requests to hosts other than this machine.
 *
 * With CONSOLE_FILES=src/http/mocknito/console/static the console's scripts and styles are those of
 * the folder, whatever is compiled into the binary: to work on them without a build.
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const { CONSOLE_FILES } = process.env;
  if (CONSOLE_FILES) {
    await context.route("**/_mocknito/console/*", (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ path: join(CONSOLE_FILES, basename(pathname)) });
    });
  }
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const local =
      hostname === "localhost" || hostname === "127.0.0.1" || hostname.endsWith(".localhost");
    if (/^https?:$/.test(protocol) && !local) complaints.push(`asks ${request.url()}`);
  });
  return { context, page, complaints };
}

/**
 * An authenticator that lives in the browser, as a laptop's own: it keeps passkeys and agrees to
 * everything. `options` are those of the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/).
 */
export async function addAuthenticator(page, options = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
  return {
    /** What it keeps: `credentialId` and `userHandle` in base64, `rpId`, `signCount` … */
    credentials: async () =>
      (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    /** Whether it recognises the user from now on. */
    recognises: (isUserVerified) =>
      session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    remove: () => session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

/**
 * An app at http://localhost:<port>/, made of `entry` (a module of this folder) and the packages it
 * imports. Every path answers with the same page, so that redirects may lead anywhere.
 */
export async function serveApp(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "browser",
    // What packages written for Node call the window; apps' bundlers say so, too.
    define: { global: "globalThis" },
    write: false,
    logLevel: "error",
  });
  const script = outputFiles[0].contents;
  const html =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title>' +
    '<link rel="icon" href="data:,"><script type="module" src="/app.js"></script>';
  const server = createServer((request, response) => {
    const isScript = request.url === "/app.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : html);
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * Calls a function that an app has in its page, `window[app][name]`. What it throws there is thrown
 * here, with the name and the code that it has there.
 */
export async function callInPage(page, app, name, input) {
  const answer = await page.evaluate(
    async ([app, name, input]) => {
      try {
        const value = await window[app][name](input);
        return { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) };
      } catch (error) {
        const { name, message } = error;
        return { error: { name, message, code: error.code ?? name } };
      }
    },
    [app, name, input],
  );
  const { value, error } = answer;
  if (error) throw Object.assign(new Error(`${name}: ${error.message}`), error);
  return value;
}

/**
 * Calls an operation of the user pools API as an administrator; gives its answer or throws an error
 * with its code as `name`.
 */
export async function call(server, operation, input) {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, " +
        "SignedHeaders=host, Signature=00",
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  const document = text ? JSON.parse(text) : {};
  if (answer.ok) return document;
  throw Object.assign(new Error(`${operation}: ${text}`), { name: document.__type });
}

/** A user who can sign in with this password at once. */
export async function addUser(server, UserPoolId, Username, Password, attributes = {}) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  await call(server, "AdminCreateUser", {
    UserPoolId,
    Username,
    UserAttributes,
    MessageAction: "SUPPRESS",
  });
  await call(server, "AdminSetUserPassword", { UserPoolId, Username, Password, Permanent: true });
}
