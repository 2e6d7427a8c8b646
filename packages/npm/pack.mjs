#!/usr/bin/env node
// Makes the folders that are published to npm: `mocknito`, and a package with the program for each
// platform, which is an optional dependency of it and says in `os` and `cpu` where it belongs. So
// nothing is downloaded by a script, and nobody gets another platform's program.
//
//     node packages/npm/pack.mjs PROGRAMS FOLDER [PLATFORM…]
//
// PROGRAMS has a folder per target, as a release builds it: `x86_64-unknown-linux-gnu/mocknito`.
// Without platforms all are made, and one that is missing is an error.

import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const platforms = require("./platforms.json");
const { program } = require("./index.cjs");
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const LEGAL = ["LICENSE-MIT", "LICENSE-APACHE", "NOTICE"];

const [programs, folder, ...chosen] = process.argv.slice(2);
if (!programs || !folder) {
  console.error("node pack.mjs PROGRAMS FOLDER [PLATFORM…]");
  process.exit(2);
}

const version = /^version = "(.+)"$/m.exec(await readFile(join(root, "Cargo.toml"), "utf8"))[1];
const main = JSON.parse(await readFile(join(here, "package.json"), "utf8"));

for (const platform of chosen.length ? chosen : Object.keys(platforms)) {
  const target = platforms[platform];
  if (!target) throw new Error(`there is no platform ${platform}`);
  const file = program(platform);
  const [os, cpu] = platform.split("-");
  const at = join(folder, platform);
  await write(at, {
    name: `@mocknito/${platform}`,
    version,
    description: `The program of mocknito for ${platform}`,
    license: main.license,
    repository: main.repository,
    os: [os],
    cpu: [cpu],
    // Yarn's zip archives cannot be run.
    preferUnplugged: true,
    files: [file, ...LEGAL],
  });
  await mkdir(join(at, "bin"), { recursive: true });
  await copyFile(join(programs, target, file.replace("bin/", "")), join(at, file));
  // Artifacts of a workflow lose it.
  await chmod(join(at, file), 0o755);
}

const names = Object.keys(platforms).map((platform) => `@mocknito/${platform}`);
await write(join(folder, "mocknito"), {
  ...main,
  version,
  optionalDependencies: Object.fromEntries(names.map((name) => [name, version])),
});
await mkdir(join(folder, "mocknito", "bin"), { recursive: true });
for (const file of ["index.cjs", "index.d.ts", "platforms.json", "README.md", main.bin.mocknito]) {
  await copyFile(join(here, file), join(folder, "mocknito", file));
}
await chmod(join(folder, "mocknito", main.bin.mocknito), 0o755);

/** A package's folder with its description and what the licences ask for. */
async function write(at, description) {
  await mkdir(at, { recursive: true });
  await writeFile(join(at, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
  for (const file of LEGAL) await copyFile(join(root, file), join(at, file));
}
