// A project as its users have it: the package's files, as npm packs them, among its dependencies,
// and beside them what a test writes. README's snippets are such files.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(PACKAGE, "node_modules");

export const BINARY = process.env.MOCKNITO_BINARY ?? "mocknito";

export const CHROMIUM = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));

/** What stands in README after `<!-- test: name -->`. */
export async function snippet(name) {
  const readme = await readFile(join(PACKAGE, "README.md"), "utf8");
  const found = readme.match(new RegExp(`<!-- test: ${name} -->\n\`\`\`\\w+\n(.*?)\`\`\``, "s"));
  if (!found) throw new Error(`README has no snippet ${name}`);
  return found[1];
}

/** `files` are texts by their names. */
export async function project(files) {
  // Where macOS keeps temporary files is a link, which not every runner follows.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "mocknito-project-")));
  const { files: packed } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  const own = join(folder, "node_modules/@mocknito/test");
  for (const file of [...packed, "package.json"]) await cp(join(PACKAGE, file), join(own, file));
  for (const name of ["@playwright", "@types", "cypress", "jest", "typescript", "vitest"]) {
    await symlink(join(MODULES, name), join(folder, "node_modules", name));
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return {
    folder,
    /** Runs a program there; gives its exit code and what it said. */
    run: (program, words, env = {}) => run(program, words, { cwd: folder, env }),
    /** The same for a program of a package. */
    tool: (file, words, env = {}) =>
      run(process.execPath, [join(MODULES, file), ...words], { cwd: folder, env }),
    remove: () => rm(folder, { recursive: true }),
  };
}

function run(program, words, { cwd, env }) {
  const clean = { ...process.env, NO_COLOR: "1", CI: "1", ...env };
  // What the test runner around tells its own children.
  for (const name of ["NODE_OPTIONS", "NODE_TEST_CONTEXT", "FORCE_COLOR"]) delete clean[name];
  return new Promise((resolve) => {
    execFile(program, words, { cwd, env: clean, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, said: `${stdout}${stderr}` });
    });
  });
}

/** Where a package's program is, seen from its folder in node_modules. */
export const program = {
  jest: "jest/bin/jest.js",
  playwright: "@playwright/test/cli.js",
  typescript: "typescript/bin/tsc",
  vitest: "vitest/vitest.mjs",
};
