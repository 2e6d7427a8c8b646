// A recipe of docs/recipes as its readers would have it: the files of the page as they stand there,
// but for the ports, and the app that they make.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = fileURLToPath(new URL(".", import.meta.url));
const PAGES = new URL("../../../docs/recipes/", import.meta.url);

/** The fenced block of a page that follows `<!-- test: name -->`. */
export function block(page, name) {
  const text = readFileSync(new URL(page, PAGES), "utf8");
  const found = text.match(new RegExp(`<!-- test: ${name} -->\\s*\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``));
  if (!found) throw new Error(`${page} has no block ${name}`);
  return found[1];
}

/**
 * Writes blocks of a page as files of a folder below this one, so that they find its packages:
 * `files` are their names, with those of the blocks. `ports` says which other one stands for which.
 */
export function written(page, files, ports) {
  const folder = join(HERE, "written", page.replace(".md", ""));
  rmSync(folder, { recursive: true, force: true });
  for (const [file, name] of Object.entries(files)) {
    let text = block(page, name);
    for (const [port, other] of Object.entries(ports)) {
      text = text.replaceAll(`localhost:${port}`, `localhost:${other}`);
    }
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

export async function freePort() {
  const server = createServer().listen(0, "localhost");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Starts an app of a recipe, and waits until it listens; the test ends it. */
export async function startApp(t, folder, [command, ...flags], port, environment = {}) {
  // A group of its own: what it starts ends with it.
  const child = spawn(command, flags, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGTERM");
    }
    const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 5_000);
    await ended;
    clearTimeout(late);
  });
  const deadline = Date.now() + 60_000;
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`${command} ${flags.join(" ")} does not listen:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url: `http://localhost:${port}`, log: () => log };
}
