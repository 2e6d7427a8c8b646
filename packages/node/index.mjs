// Starts a Mocknito of its own and speaks to it. What the server answers is passed on as it is;
// README.md of the repository ("In tests and CI") has the whole of `/_mocknito/`.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts a server that is this process's own, on a free port, and ends with it. */
export async function startMocknito(options = {}) {
  const { fixtures = [], demo = false, args = [], env = {}, seed, log = "warn" } = options;
  const words = ["serve", "--port", "0", "--log-format", "json", "--log", log];
  words.push("--ephemeral", "--exit-with-parent");
  if (demo) words.push("--demo");
  if (seed !== undefined) words.push("--seed", String(seed));
  const written = await fixtureFiles(fixtures);
  for (const file of written.files) words.push("--fixtures", file);
  const program = options.binary ?? findBinary();
  const child = spawn(program, [...words, ...args], {
    // Its input stays open as long as this process lives, however that ends.
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...withoutMocknito(process.env), ...env },
  });
  try {
    const { url, port } = await ready(child, program);
    return new Mocknito(child, url, port, options.region ?? "us-east-1");
  } finally {
    if (written.folder) await rm(written.folder, { recursive: true });
  }
}

/** A running server. */
export class Mocknito {
  #child;

  constructor(child, url, port, region) {
    this.#child = child;
    this.url = url;
    this.port = port;
    /** What leads AWS SDKs to this server, for a process that runs the app. */
    this.env = {
      MOCKNITO_URL: url,
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    this.clock = {
      read: () => this.get("/_mocknito/clock"),
      advance: (by) => this.post("/_mocknito/clock", { advance: by }),
      set: (now) =>
        this.post("/_mocknito/clock", { now: now instanceof Date ? now.toISOString() : now }),
      freeze: () => this.post("/_mocknito/clock", { frozen: true }),
      unfreeze: () => this.post("/_mocknito/clock", { frozen: false }),
      reset: () => this.post("/_mocknito/clock", { reset: true }),
    };
    this.inbox = {
      messages: async (filter = {}) => (await this.get("/_mocknito/inbox", filter)).messages,
      code: async (filter = {}) => {
        const [message] = await this.inbox.messages({ wait: "5s", ...filter });
        if (!message) throw new Error(`no message came: ${JSON.stringify(filter)}`);
        return message.code;
      },
      empty: () => this.delete("/_mocknito/inbox"),
    };
  }

  /** Tokens without a sign-in. Without a client: the one of the pool, if there is one. */
  async tokens({ clientId, username, scopes, claims, expiresIn, issuedAt, defect } = {}) {
    return this.post("/_mocknito/tokens", {
      client_id: clientId ?? (await this.#onlyClient()),
      username,
      scopes,
      claims,
      expires_in: expiresIn,
      issued_at: issuedAt,
      defect,
    });
  }

  /** What clients asked, the newest first, and why they were refused. */
  async requests(filter = {}) {
    return (await this.get("/_mocknito/requests", filter)).requests;
  }

  /** The code that the user's authenticator app shows now. */
  totp(userPoolId, username) {
    return this.#text("/_mocknito/totp", { user_pool_id: userPoolId, username });
  }

  /** A pool with new ids, and the clients, groups and users of this one: a world of one's own. */
  copyPool(userPoolId) {
    return this.post(`/_mocknito/pools/${encodeURIComponent(userPoolId)}/copy`, {});
  }

  saveSnapshot(name) {
    return this.post("/_mocknito/snapshots", { name });
  }

  restoreSnapshot(name) {
    return this.post(`/_mocknito/snapshots/${encodeURIComponent(name)}/restore`, {});
  }

  /** Back to the start: the fixtures, and nothing else. */
  reset() {
    return this.post("/_mocknito/reset", {});
  }

  /** Ends the server. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    this.#child.kill("SIGTERM");
    await ended;
  }

  [Symbol.asyncDispose]() {
    return this.stop();
  }

  get(path, query = {}) {
    return this.#ask("GET", withQuery(path, query));
  }

  post(path, body) {
    return this.#ask("POST", path, JSON.stringify(body));
  }

  delete(path) {
    return this.#ask("DELETE", path);
  }

  async #ask(method, path, body) {
    const text = await this.#send(method, path, body);
    return text ? parsed(text) : {};
  }

  /** What is answered as text: a code is no number, since it may begin with zeros. */
  #text(path, query) {
    return this.#send("GET", withQuery(path, query));
  }

  async #send(method, path, body) {
    const answer = await fetch(this.url + path, { method, body });
    const text = await answer.text();
    if (answer.ok) return text;
    const document = parsed(text);
    throw new Error(`${method} ${path}: ${document.error ?? answer.status}: ${document.message ?? text}`);
  }

  async #onlyClient() {
    const { user_pools: pools } = await this.get("/_mocknito/pools");
    const clients = pools.flatMap((pool) => pool.clients);
    if (clients.length === 1) return clients[0].id;
    throw new Error(
      clients.length === 0
        ? "there is no app client"
        : `say which clientId: ${clients.map(({ id, name }) => `${id} (${name})`).join(", ")}`,
    );
  }
}

function withQuery(path, query) {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined);
  return asked.length ? `${path}?${new URLSearchParams(asked)}` : path;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

/** Paths stay; what is given as an object becomes a file. */
async function fixtureFiles(fixtures) {
  const list = Array.isArray(fixtures) ? fixtures : [fixtures];
  if (list.every((one) => typeof one === "string")) return { files: list };
  const folder = await mkdtemp(join(tmpdir(), "mocknito-"));
  const files = [];
  for (const [index, one] of list.entries()) {
    if (typeof one === "string") {
      files.push(one);
      continue;
    }
    const file = join(folder, `fixtures-${index}.json`);
    await writeFile(file, JSON.stringify(one));
    files.push(file);
  }
  return { files, folder };
}

/** Waits for the line that says where the server is. */
function ready(child, program) {
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text) => {
    said = (said + text).slice(-4096);
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.once("exit", (code) => reject(new Error(`mocknito ended with ${code}: ${said.trim()}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { event, ...listening } = parsed(line);
      if (event === "ready") resolve(listening);
    });
  });
}

/** `MOCKNITO_BINARY`, or the package `mocknito`, or the one on the path. */
function findBinary() {
  if (process.env.MOCKNITO_BINARY) return process.env.MOCKNITO_BINARY;
  try {
    return createRequire(import.meta.url)("mocknito").binary();
  } catch {
    return "mocknito";
  }
}

/** Flags of somebody else's server are not for this one. */
function withoutMocknito(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("MOCKNITO_")),
  );
}
