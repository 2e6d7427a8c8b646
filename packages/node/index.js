// Starts a Mocknito of its own and speaks to it. What the server answers is passed on as it is;
// README.md of the repository ("In tests and CI") has the whole of `/_mocknito/`.
//
// CommonJS, since Jest loads nothing else without flags; `index.mjs` is the same for `import`.

const { spawn } = require("node:child_process");
const { mkdtemp, rm, writeFile } = require("node:fs/promises");
const http = require("node:http");
const https = require("node:https");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

/** How long a server may take until it says where it is. */
const PATIENCE = 30_000;

/** Starts a server that is this process's own, on a free port, and ends with it. */
async function startMocknito(options = {}) {
  const { fixtures = [], demo = false, args = [], env = {}, seed, log = "warn" } = options;
  const words = ["serve", "--port", `${options.port ?? 0}`, "--log-format", "json", "--log", log];
  words.push("--ephemeral", "--exit-with-parent");
  if (demo) words.push("--demo");
  if (seed !== undefined) words.push("--seed", String(seed));
  const written = await fixtureFiles(fixtures);
  for (const file of written.files) words.push("--fixtures", file);
  const server = new ServerProcess(options.binary ?? findBinary(), [...words, ...args], {
    ...withoutMocknito(process.env),
    ...env,
  });
  try {
    const { url, port } = await server.ready(options.timeout ?? PATIENCE);
    return new Mocknito(url, port, options.region ?? "us-east-1", server);
  } finally {
    if (written.folder) await rm(written.folder, { recursive: true });
  }
}

/**
 * A server that runs already, such as the one that `mocknito exec` starts for a whole suite.
 * Stopping it is somebody else's.
 */
async function connectMocknito(url = process.env.MOCKNITO_URL, { region = "us-east-1" } = {}) {
  if (!url) {
    throw new Error("which server? Run the tests by mocknito exec, or set MOCKNITO_URL");
  }
  const base = url.replace(/\/+$/, "");
  const { port, protocol } = new URL(base);
  const usual = protocol === "https:" ? 443 : 80;
  const mocknito = new Mocknito(base, Number(port || usual), region);
  await mocknito.get("/_mocknito/health");
  return mocknito;
}

/** The process of a server, and the end of what it said. */
class ServerProcess {
  #child;
  #program;
  #said = "";
  #failure;

  constructor(program, words, env) {
    this.#program = program;
    this.#child = spawn(program, words, {
      // Its input stays open as long as this process lives, however that ends.
      stdio: ["pipe", "pipe", "pipe"],
      env,
    });
    this.#child.once("error", (error) => (this.#failure = error));
    // It may have ended by itself.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8");
    this.#child.stderr.on("data", (text) => (this.#said = (this.#said + text).slice(-4096)));
  }

  /** Waits for the line that says where the server is. */
  async ready(patience) {
    const child = this.#child;
    let timer;
    const found = new Promise((resolve, reject) => {
      const late = `${this.#program} did not say within ${patience / 1000} s that it is ready`;
      timer = setTimeout(() => reject(new Error(this.#withWords(late))), patience);
      child.once("error", () => reject(new Error(this.#end())));
      // Not at its exit: what it said last may still be on its way.
      child.once("close", () => reject(new Error(this.#end())));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { event, ...listening } = parsed(line);
        if (event === "ready") resolve(listening);
      });
    });
    try {
      const listening = await found;
      // A server that nobody stops keeps no process alive: it ends with it.
      for (const one of [child, child.stdin, child.stdout, child.stderr]) one.unref();
      return listening;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  hasEnded() {
    const { exitCode, signalCode } = this.#child;
    return this.#failure !== undefined || exitCode !== null || signalCode !== null;
  }

  /** How it ended, as far as it told. */
  end() {
    return this.#end();
  }

  #end() {
    if (this.#failure) return `${this.#program} cannot be run: ${this.#failure.message}. ${HOW}`;
    const { exitCode, signalCode } = this.#child;
    // As clap ends for words that it does not know.
    const isOld = exitCode === 2 && /unexpected argument|unrecognized subcommand/.test(this.#said);
    const older = isOld ? `; is ${this.#program} older than this package?` : "";
    return this.#withWords(`mocknito ended with ${signalCode ?? exitCode}${older}`);
  }

  #withWords(what) {
    const said = this.#said.trim();
    return said ? `${what}: ${said}` : what;
  }

  async stop() {
    if (this.hasEnded()) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.stdin.end();
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** A running server. */
class Mocknito {
  #server;

  constructor(url, port, region, server) {
    this.#server = server;
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

  /** The issuer of a pool's tokens. */
  issuer(userPoolId) {
    return `${this.url}/${userPoolId}`;
  }

  /** All user pools, with their clients. */
  async pools() {
    return (await this.get("/_mocknito/pools")).user_pools;
  }

  /** Tokens without a sign-in. Without a client: the only one that there is. */
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

  /** Ends the server, if it is this process's own. */
  async stop() {
    await this.#server?.stop();
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
    let answer;
    try {
      answer = await send(method, this.url + path, body);
    } catch (error) {
      const why = this.#server?.hasEnded() ? this.#server.end() : error.message;
      throw new Error(`${method} ${path}: ${why}`, { cause: error });
    }
    if (answer.status < 300) return answer.text;
    const { error, message } = parsed(answer.text);
    throw new Error(`${method} ${path}: ${error ?? answer.status}: ${message ?? answer.text}`);
  }

  async #onlyClient() {
    const pools = await this.pools();
    const clients = pools.flatMap((pool) => pool.clients);
    if (clients.length === 1) return clients[0].id;
    throw new Error(
      clients.length === 0
        ? "there is no app client"
        : `say which clientId: ${clients.map(({ id, name }) => `${id} (${name})`).join(", ")}`,
    );
  }
}

// Node 18 and the worlds that Jest makes for tests do not have it.
if (Symbol.asyncDispose) {
  Mocknito.prototype[Symbol.asyncDispose] = Mocknito.prototype.stop;
}

const HOW = "Install it by npm install --save-dev mocknito, or set MOCKNITO_BINARY";

/** Not by `fetch`, which many a test replaces, and Jest's jsdom does not have. */
function send(method, url, body) {
  return new Promise((resolve, reject) => {
    // A connection that is kept would hold up the server's end.
    const { request: begin } = url.startsWith("https:") ? https : http;
    const request = begin(url, { method, agent: false }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode, text }));
    });
    request.once("error", reject);
    request.end(body);
  });
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

/** `MOCKNITO_BINARY`, or the package `mocknito`, or the one on the path. */
function findBinary() {
  if (process.env.MOCKNITO_BINARY) return process.env.MOCKNITO_BINARY;
  let found;
  try {
    found = require("mocknito");
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return "mocknito";
  }
  return found.binary();
}

/** Flags of somebody else's server are not for this one. */
function withoutMocknito(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("MOCKNITO_")),
  );
}

module.exports = { Mocknito, connectMocknito, startMocknito };
