// The recipe for React with Amplify UI as it stands on its page, in Chromium.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { launchBrowser, openPage } from "../browser/support.mjs";
import { PASSWORD, sentCode, startServer } from "../node/support.mjs";
import { written } from "./support.mjs";

let server, browser, app;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  app = await serveApp();
});
after(async () => {
  app?.close();
  app?.closeAllConnections();
  await browser?.close();
  await server?.stop();
});

/** What Vite makes of the page's one file. */
async function serveApp() {
  const ports = { 9339: new URL(server.url).port };
  const folder = written("react-amplify-ui.md", { "src/main.jsx": "recipe-react" }, ports);
  const { outputFiles } = await build({
    entryPoints: [join(folder, "src/main.jsx")],
    bundle: true,
    outdir: folder,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    write: false,
    logLevel: "error",
  });
  const made = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).contents;
  const files = { "/main.js": ["text/javascript", made(".js")], "/main.css": ["text/css", made(".css")] };
  const html =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title>' +
    '<link rel="icon" href="data:,"><link rel="stylesheet" href="/main.css">' +
    '<div id="root"></div><script type="module" src="/main.js"></script>';
  const serving = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ["text/html; charset=utf-8", html];
    response.setHeader("content-type", type);
    response.end(body);
  });
  await new Promise((resolve) => serving.listen(0, "localhost", resolve));
  return serving;
}

const home = () => `http://localhost:${app.address().port}/`;

test("alice signs in, sees her groups and her identity, and signs out", async () => {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(home());
  await page.fill("input[name=username]", "alice");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[type=submit]");
  await page.waitForSelector("h1:text-is('alice')");
  await page.waitForSelector("p:text-is('admins, users')");
  await page.waitForSelector("p:text-matches('^us-east-1:[0-9a-f-]{36}$')");
  await page.click("button:text-is('Sign out')");
  await page.waitForSelector("input[name=username]");
  assert.deepEqual(complaints, []);

  await page.fill("input[name=username]", "alice");
  await page.fill("input[name=password]", "Wrong0word!");
  await page.click("button[type=submit]");
  await page.waitForSelector("text=Incorrect username or password");
  assert.equal(await page.locator("h1").count(), 0);
  await context.close();
});

test("somebody new signs up with the code that was sent", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(home());
  await page.click("button[role=tab]:text-is('Create Account')");
  await page.fill("input[name=username]", "emil");
  await page.fill("input[name=password]", PASSWORD);
  await page.fill("input[name=confirm_password]", PASSWORD);
  await page.fill("input[name=email]", "emil@example.com");
  await page.click("button[type=submit]");
  await page.fill("input[name=confirmation_code]", await sentCode(server, "emil@example.com"));
  await page.click("button[type=submit]");
  await page.waitForSelector("h1:text-is('emil')");
  await context.close();
});
