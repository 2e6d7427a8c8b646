// What a worker of `node` runs: loads a handler file and answers events from the socket that is its
// standard input, one line of JSON each. It keeps to the conventions of Lambda's own runtime, which
// handlers lean on: a promise, a callback that waits for the event loop to be empty,
// `context.succeed`, and `null` for a handler that never says anything.
import { builtinModules } from "node:module";
import net from "node:net";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

// Evaluated code finds Node's modules as globals, which a handler that forgot an import must not.
for (const name of builtinModules) if (!["console", "crypto", "process"].includes(name)) delete globalThis[name];

const LONGEST = 6 * 1024 * 1024 + 100;
const socket = new net.Socket({ fd: 0, readable: true, writable: true });
Object.defineProperty(process, "stdin", { configurable: true, value: Readable.from([]) });

let module; // what the file exports
let place;
let current; // the invocation that has not been answered
let whenIdle; // what an empty event loop means

function send(line, then) {
  socket.ref();
  socket.write(`${line}\n`, then);
}

function describe(error) {
  if (error instanceof Error || Object.prototype.toString.call(error) === "[object Error]") {
    return { errorType: String(error.name), errorMessage: String(error.message), trace: String(error.stack).split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function report(error, then) {
  send(JSON.stringify({ error }), then);
}

function serialize(result) {
  try {
    return { text: JSON.stringify(result === undefined ? null : result) ?? "null" };
  } catch (error) {
    return { error: { errorType: "Runtime.MarshalError", errorMessage: "Unable to stringify response body as json: " + error.message, trace: [] } };
  }
}

/** Answers an invocation; only the first answer counts. */
function finish(invocation, error, result) {
  if (current !== invocation) return;
  current = whenIdle = undefined;
  if (error !== undefined && error !== null) return report(describe(error));
  const { text, error: unserializable } = serialize(result);
  if (unserializable) return report(unserializable);
  if (text.length > LONGEST / 4 && Buffer.byteLength(text) > LONGEST) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${LONGEST} bytes).`;
    return report({ errorType: "Function.ResponseSizeTooLarge", errorMessage, trace: [] });
  }
  send(`{"result":${text}}`);
}

/** The function that a call names; the usual one when it names none. */
function find(named) {
  const path = (named ?? "handler").split(".");
  const within = (root) => path.reduce((value, key) => value?.[key], root);
  const handler = within(module) ?? within(module.default);
  if (typeof handler === "function") return handler;
  throw Object.assign(new Error(`${place} exports no function ${path.join(".")}`), { name: "Runtime.HandlerNotFound" });
}

function invoke({ event, context: facts, export: named }) {
  const invocation = (current = {});
  const began = performance.now();
  let waits = true;
  whenIdle = () => finish(invocation, null, null);
  const done = (error, result) => finish(invocation, error, result);
  const callback = (error, result) => {
    if (current !== invocation) return;
    if ((error !== undefined && error !== null) || !waits) return done(error, result);
    whenIdle = () => done(null, result);
  };
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? "handled"),
    done,
    functionName: facts.functionName,
    functionVersion: facts.functionVersion,
    invokedFunctionArn: facts.invokedFunctionArn,
    memoryLimitInMB: "128",
    awsRequestId: facts.awsRequestId,
    logGroupName: `/aws/lambda/${facts.functionName}`,
    logStreamName: `mocknito/[${facts.functionVersion}]${process.pid}`,
    clientContext: undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(facts.limitMs - (performance.now() - began))),
  };
  // Only what the handler itself waits for keeps the loop alive.
  socket.unref();
  try {
    const answer = find(named)(event, context, callback);
    if (typeof answer?.then === "function") answer.then(context.succeed, context.fail);
  } catch (error) {
    done(error);
  }
}

async function load({ file }) {
  place = file;
  module = await import(pathToFileURL(file).href);
}

process.on("beforeExit", () => {
  const then = whenIdle;
  whenIdle = undefined;
  then?.();
});

/** As on Lambda, what nobody catches ends the process. */
function fatal(error) {
  console.error("Uncaught exception:", error);
  if (!current) process.exit(129);
  current = undefined;
  report(describe(error), () => process.exit(129));
}
process.on("uncaughtException", fatal);
process.on("unhandledRejection", (reason) => {
  fatal(Object.assign(new Error(String(reason)), { name: "Runtime.UnhandledPromiseRejection" }));
});

let text = "";
socket.setEncoding("utf8");
socket.on("data", (chunk) => {
  text += chunk;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
    const line = JSON.parse(text.slice(0, end));
    text = text.slice(end + 1);
    if (module) invoke(line);
    else load(line).then(() => send('{"result":null}'), (error) => {
      console.error(error);
      report(describe(error), () => process.exit(1));
    });
  }
});
for (const end of ["end", "close", "error"]) socket.on(end, () => process.exit(0));

// A handler that never lets go of the event loop hears of no end: another thread looks whether the
// server is still there.
new Worker(`const server = process.ppid; setInterval(() => server === process.ppid || process.kill(process.pid, "SIGKILL"), 1_000);`, {
  eval: true,
}).unref();
