// The web app of docker-compose.yml, as it is there but for the container: its button signs
// somebody in through the pages, and out again.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PASSWORD, POOL, call, launchBrowser, openPage, startServer } from "./support.mjs";

const APP = fileURLToPath(new URL("../../../examples/sign-in/server.mjs", import.meta.url));
const CLIENT_ID = "webclient00000000000000000";

// The one name for Mocknito: a browser takes it for this machine by itself, the app as its alias in
// the network, of which a container's resolver tells.
const NAME = "mocknito.localhost";
const RESOLVER = `data:text/javascript,${encodeURIComponent(`
  import dns from "node:dns";
  const { lookup } = dns;
  dns.lookup = (name, ...more) => lookup(name === "${NAME}" ? "127.0.0.1" : name, ...more);
`)}`;

let server, browser, app, url, running;
before(async () => {
  const port = await freePort();
  url = `http://localhost:${port}`;
  const at = await freePort();
  running = await startServer("--port", at, "--public-url", `http://${NAME}:${at}`);
  server = { ...running, url: `http://127.0.0.1:${at}` };
  const issuer = `http://${NAME}:${at}/${POOL}`;
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
  app = spawn(process.execPath, ["--import", RESOLVER, APP], {
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
  await running?.stop();
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
  assert.equal(new URL(page.url()).hostname, NAME);
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
  const sent = new Promise((resolve, reject) => {
    asking.page.route(/\/login\?/, async (route) => {
      const form = route.request();
      const cookies = await asking.context.cookies(form.url());
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
      const { origin, "content-type": type } = await form.allHeaders();
      const headers = { cookie, origin, "content-type": type, host: new URL(form.url()).host };
      const there = form.url().replace(NAME, "127.0.0.1");
      const asked = request(there, { method: "POST", headers }, (answer) => {
        answer.resume();
        resolve(answer.headers.location);
      });
      asked.on("error", reject).end(form.postData());
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
