// What a suite hears of a server that is not there, is too old, ends, or never begins; and that
// none stays behind when a suite is killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectMocknito, startMocknito } from "../index.mjs";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mocknito-faults-"));
});
after(() => rm(folder, { recursive: true }));

/** A program in the place of the server. */
async function impostor(name, ...lines) {
  const file = join(folder, name);
  await writeFile(file, ["#!/bin/sh", ...lines, ""].join("\n"));
  await chmod(file, 0o755);
  return file;
}

const isGone = async (url) => {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await fetch(`${url}/_mocknito/health`);
    } catch {
      return true;
    }
    await sleep(50);
  }
  return false;
};

test("a program that is not there: how to get it", async () => {
  const started = startMocknito({ binary: "/nowhere/mocknito" });
  await assert.rejects(started, /cannot be run: .*ENOENT.*npm install --save-dev mocknito/);
});

test("one that is older than the package", async () => {
  const lines = ["echo \"error: unexpected argument '--exit-with-parent' found\" >&2", "exit 2"];
  const started = startMocknito({ binary: await impostor("old", ...lines) });
  await assert.rejects(started, /ended with 2; is .*old older than this package\?: error: unexp/);
});

test("one that crashes as it starts", async () => {
  const started = startMocknito({ binary: await impostor("crash", "kill -SEGV $$") });
  await assert.rejects(started, /ended with SIGSEGV/);
});

test("one that never says where it is ends, too", async () => {
  const binary = await impostor("silent", "echo thinking >&2", "exec sleep 60");
  const started = startMocknito({ binary, timeout: 300 });
  await assert.rejects(started, /did not say within 0.3 s that it is ready: thinking/);
});

test("a port that is taken", async () => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address();
  await assert.rejects(startMocknito({ port }), new RegExp(`port ${port} .* is in use`));
  taken.close();
});

test("a server that has ended meanwhile", async () => {
  const mocknito = await startMocknito();
  const { stdout: pid } = await children(process.pid);
  process.kill(Number(pid), "SIGKILL");
  assert.ok(await isGone(mocknito.url));
  await assert.rejects(mocknito.reset(), /_mocknito\/reset: mocknito ended with SIGKILL/);
  await mocknito.stop();
});

/** The processes that this one has started, except for the one that looks. */
function children(parent) {
  const looking = spawn("ps", ["-o", "pid=,comm=", "--ppid", `${parent}`]);
  let said = "";
  looking.stdout.on("data", (text) => (said += text));
  return new Promise((resolve) =>
    looking.once("close", () => {
      const lines = said.split("\n").filter((line) => line.includes("mocknito"));
      resolve({ stdout: lines.map((line) => line.trim().split(" ")[0]).join("\n") });
    }),
  );
}

test("no server stays behind when its suite is killed", async () => {
  const code =
    'const { startMocknito } = await import("@mocknito/test");' +
    "console.log((await startMocknito()).url); setInterval(() => {}, 1000);";
  const suite = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve) =>
    suite.stdout.once("data", (text) => resolve(`${text}`.trim())),
  );
  assert.equal((await fetch(`${url}/_mocknito/health`)).status, 200);
  suite.kill("SIGKILL");
  assert.ok(await isGone(url), "the server is still there");
});

test("a server that nobody stops keeps no process alive", async () => {
  const code =
    'const { startMocknito } = await import("@mocknito/test"); await startMocknito();';
  const words = ["--input-type=module", "--eval", code];
  const suite = spawn(process.execPath, words, { cwd: new URL("..", import.meta.url) });
  const status = await new Promise((resolve) => suite.once("exit", resolve));
  assert.equal(status, 0);
});

test("who connects must say where to, and somebody must be there", async () => {
  const before = process.env.MOCKNITO_URL;
  delete process.env.MOCKNITO_URL;
  await assert.rejects(connectMocknito(), /which server\? Run the tests by mocknito exec/);
  if (before !== undefined) process.env.MOCKNITO_URL = before;
  await assert.rejects(connectMocknito("http://127.0.0.1:9"), /health: .*ECONNREFUSED/);
  const own = await startMocknito({ demo: true });
  const same = await connectMocknito(`${own.url}/`);
  assert.equal((await same.pools())[0].name, "demo");
  // It is not his to end.
  await same.stop();
  await own.reset();
  await own.stop();
});
