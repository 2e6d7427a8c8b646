// The recipe for Testcontainers in Node: there is no container engine here, so it is held against
// the library's types.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { HERE } from "./support.mjs";

const RECIPE = `${HERE}testcontainers/mocknito.ts`;

/** What the compiler says of a file; nothing if it is right. */
function complaints(file) {
  const flags =
    "--noEmit --strict --skipLibCheck --target es2022 --module nodenext --moduleDetection force";
  try {
    execFileSync(`${HERE}node_modules/.bin/tsc`, [...flags.split(" "), file], { cwd: HERE });
    return "";
  } catch (error) {
    return `${error.stdout}`;
  }
}

test("the container of the recipe is one that the library knows", () => {
  assert.equal(complaints(RECIPE), "");
});

test("the compiler would notice", (t) => {
  const other = RECIPE.replace("mocknito.ts", "wrong.ts");
  t.after(() => rmSync(other, { force: true }));
  writeFileSync(other, readFileSync(RECIPE, "utf8").replace("getMappedPort", "getPort"));
  assert.match(complaints(other), /getPort/);
});
