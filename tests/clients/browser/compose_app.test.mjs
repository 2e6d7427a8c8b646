// The web app of docker-compose.yml, as it is there but for the container: its button signs
// somebody in through the pages, and out again.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PASSWORD, POOL, call, launchBrowser, openPage, startServer } from "./support.mjs";

const APP = fileURLToPath(new URL("../../../examples/sign-in/server.mjs", import.meta.url));
const CLIENT_ID = "webclient00000000000000000";

let server, browser, app, url;
before(async () => {
  const port = await freePort();
  url = `http://localhost:${port}`;
  // One name for browser and app, as in the file.
  server = await startServer();
  const issuer = `${server.url.replace("127.0.0.1", "localhost")}/${POOL}`;
  // The demo's own callback is at the port that the file publishes.
  const { UserPoolClient } = await call(server, "DescribeUserPoolClient", {
    UserPoolId: POOL,
    ClientId: CLIENT_ID,
  });
  const { CreationDate, LastModifiedDate, ...settings } = UserPoolClient;
  assert.ok(settings.CallbackURLs.includes("http://localhost:3000/callback"));
  assert.ok(settings.LogoutURLs.includes("http://localhost:3000/"));
  await call(server, "UpdateUserPoolClient", {
    ...settings,
    CallbackURLs: [`${url}/callback`],
    LogoutURLs: [`${url}/`],
  });
  app = spawn(process.execPath, [APP], {
    env: { PATH: process.env.PATH, ISSUER: issuer, CLIENT_ID, PORT: port, URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: app.stdout })) {
    if (line.includes(url)) break;
  }
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  if (app) {
    app.kill("SIGTERM");
    await once(app, "exit");
  }
  await server?.stop();
});

async function freePort() {
  const probe = createServer().listen(0, "localhost");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}

test("the button signs alice in, and the other one signs her out of both", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(url);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/login\?/);
  await page.fill('input[name="username"]', "alice");
  await page.fill('input[name="password"]', PASSWORD);
  await page.getByTestId("submit").click();
  await page.waitForURL(`${url}/`);
  assert.match(await page.textContent("strong"), /^alice(@example\.com)?$/);
  const claims = JSON.parse(await page.textContent("pre"));
  assert.equal(claims["cognito:username"], "alice");
  assert.equal(claims.aud, CLIENT_ID);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${url}/`);
  assert.match(await page.textContent("body"), /Nobody is signed in/);
  // The pages' session has ended, too: they ask again.
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector('input[name="password"]');
  assert.deepEqual(complaints, []);
});

test("a code is taken by the browser that asked for it alone", async () => {
  const asking = await openPage(browser);
  await asking.page.goto(url);
  await asking.page.getByRole("button", { name: "Sign in" }).click();
  await asking.page.fill('input[name="username"]', "bob");
  await asking.page.fill('input[name="password"]', PASSWORD);
  // Where the pages send the browser, which does not go there.
  const sent = new Promise((resolve) => {
    asking.page.route(/\/login\?/, async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      resolve(answer.headers().location);
      await route.abort();
    });
  });
  await asking.page.getByTestId("submit").click({ noWaitAfter: true });
  const callback = await sent;
  assert.match(callback, new RegExp(`^${url}/callback\\?.*code=`));

  // Another browser has no session at all, and one that began a sign-in of its own another state.
  const other = await openPage(browser);
  await other.page.goto(callback);
  assert.match(await other.page.textContent("body"), /Nobody is signed in/);
  await other.page.getByRole("button", { name: "Sign in" }).click();
  await other.page.waitForURL(/\/login\?/);
  const answer = await other.page.goto(callback);
  assert.equal(answer.status(), 400);
  await other.page.goto(url);
  assert.match(await other.page.textContent("body"), /Nobody is signed in/);
});

test("a form of another site is refused", async () => {
  for (const path of ["/login", "/logout"]) {
    const headers = { origin: "http://elsewhere.test" };
    const answer = await fetch(url + path, { method: "POST", headers, redirect: "manual" });
    assert.equal(answer.status, 403);
  }
});
