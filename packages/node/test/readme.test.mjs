// The snippet in README runs as it stands there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

test("README's example", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, code] = /<!-- test: readme -->\n```js\n(.*?)```/s.exec(readme);
  const here = new URL("..", import.meta.url);
  // A package finds itself by its own name.
  const words = ["--input-type=module", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: here });
  assert.equal(stdout.split("\n")[0], "true");
});
