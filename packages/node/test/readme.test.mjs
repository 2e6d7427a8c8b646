// What README shows runs as it stands there, by the runners that it is written for.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { test } from "node:test";
import { BINARY, CHROMIUM, program, project, snippet } from "../support/project.mjs";

/** Runs `work` in a project of these files, which is removed afterwards. */
async function inProject(files, work) {
  const made = await project(files);
  try {
    await work(made);
  } finally {
    await made.remove();
  }
}

const passes = ({ code, said }) => assert.equal(code, 0, said);
const supported = (name) => readFile(new URL(`../support/${name}`, import.meta.url), "utf8");

test("the first example", async () => {
  await inProject({ "first.mjs": await snippet("first") }, async ({ run }) => {
    const ran = await run(process.execPath, ["first.mjs"]);
    passes(ran);
    assert.equal(ran.said.split("\n")[0], "true");
  });
});

test("Vitest", async () => {
  await inProject({ "tokens.test.js": await snippet("vitest") }, async ({ tool }) => {
    const ran = await tool(program.vitest, ["run"]);
    passes(ran);
    assert.match(ran.said, /Tests +1 passed/);
  });
});

test("Jest, which loads CommonJS", async () => {
  const files = { "package.json": "{}", "tokens.test.js": await snippet("jest") };
  await inProject(files, async ({ tool }) => {
    const ran = await tool(program.jest, []);
    passes(ran);
    assert.match(ran.said, /Tests: +1 passed/);
    // A server that nobody stops keeps nobody waiting.
    assert.doesNotMatch(ran.said, /did not exit/);
  });
});

test("a Vitest suite within mocknito exec, which ends as the suite does", async () => {
  const suite = await snippet("exec");
  const wrong = suite.replace('"alice"', '"nobody"');
  assert.notEqual(wrong, suite);
  await inProject({ "good.test.js": suite, "bad.test.js": wrong }, async ({ folder, run }) => {
    const within = (name) =>
      run(BINARY, [
        ...["exec", "--demo", "--", process.execPath],
        ...[`${folder}/node_modules/vitest/vitest.mjs`, "run", name],
      ]);
    passes(await within("good.test.js"));
    const failed = await within("bad.test.js");
    assert.equal(failed.code, 1, failed.said);
    assert.match(failed.said, /User does not exist/);
  });
});

/** Somebody else's by the time it is used, perhaps; but an app’s callback names its port. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function playwrightFiles(port, more) {
  const fixtures = await supported("shop.yaml");
  const use = { browserName: "chromium", testIdAttribute: "data-cy" };
  const launchOptions = { executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] };
  const config = { testDir: "tests", workers: 1, timeout: 30_000, reporter: "line" };
  return {
    "shop.mjs": await supported("shop.mjs"),
    "fixtures/shop.yaml": fixtures.replace(":3000/", `:${port}/`),
    "playwright.config.mjs": `export default ${JSON.stringify({
      ...config,
      use: { ...use, launchOptions },
      ...more,
    })}`,
  };
}

test("Playwright: a sign-in whose state is kept, and a passkey", async () => {
  const port = await freePort();
  const files = await playwrightFiles(port);
  files["tests/shop.spec.mjs"] = await snippet("playwright");
  await inProject(files, async ({ folder, tool }) => {
    const ran = await tool(program.playwright, ["test"], { PORT: `${port}` });
    passes(ran);
    assert.match(ran.said, /3 passed/);
    const state = JSON.parse(await readFile(`${folder}/playwright/.auth/alice.json`, "utf8"));
    assert.ok(state.cookies.length > 0);
  });
});

test("Playwright in TypeScript within mocknito exec, beside a web server", async () => {
  const port = await freePort();
  const webServer = { command: "node shop.mjs", url: `http://localhost:${port}/` };
  const files = await playwrightFiles(port, { webServer });
  const suite = await snippet("playwright-exec");
  files["tests/shop.spec.ts"] = suite.replaceAll(":3000/", `:${port}/`);
  await inProject(files, async ({ folder, run }) => {
    const ran = await run(
      BINARY,
      [
        ...["exec", "--fixtures", "fixtures/shop.yaml", "--", process.execPath],
        ...[`${folder}/node_modules/@playwright/test/cli.js`, "test"],
      ],
      { PORT: `${port}` },
    );
    passes(ran);
    assert.match(ran.said, /2 passed/);
  });
});

test("types, of the examples and of a configuration for Cypress", async () => {
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2022", lib: ["es2023", "dom", "esnext.disposable"] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"] },
  };
  const include = ["*.mts", "*.cts"];
  await inProject(
    {
      "tsconfig.json": JSON.stringify({ compilerOptions, include }),
      "first.mts": await snippet("first"),
      "cypress.config.mts": await snippet("cypress"),
      "playwright.mts": (await snippet("playwright-exec")).replace(/http\S+3000/, "http://x"),
      "common.cts":
        'import { startMocknito } from "@mocknito/test";\n' +
        'import { signIn } from "@mocknito/test/playwright";\n' +
        "export const port: Promise<number> = startMocknito().then(({ port }) => port);\n" +
        "// @ts-expect-error Nobody has this defect.\n" +
        'startMocknito().then((m) => m.tokens({ defect: "ugly" }));\n' +
        "// @ts-expect-error A page comes first.\n" +
        'signIn({ username: "alice" });\n',
    },
    async ({ tool }) => passes(await tool(program.typescript, ["--project", "."])),
  );
});
