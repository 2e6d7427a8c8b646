// Amplify's adapter for Next.js in an app of Next.js: it signs in at the pool's domain on the
// server's side, verifies the tokens in its cookies by keys at AWS's name, and asks AWS's name of
// the API who the user is.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { textBrowser } from "../node/hosted.mjs";
import { CLIENT, DOMAIN, FOREIGN_CLIENT, PASSWORD, signIn } from "./support.mjs";

const APP = "http://localhost:3000";
const folder = fileURLToPath(new URL("app/", import.meta.url));
const next = fileURLToPath(new URL("node_modules/next/dist/bin/next", import.meta.url));
let child;
let log = "";

before(async () => {
  await rm(`${folder}.next`, { recursive: true, force: true });
  // As developers run it: the few routes are compiled when they are asked for, in less time than a
  // whole build takes.
  child = spawn(process.execPath, [next, "dev", "--hostname", "127.0.0.1", "--port", "3000"], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, AMPLIFY_APP_ORIGIN: APP, NEXT_TELEMETRY_DISABLED: "1" },
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const deadline = Date.now() + 60_000;
  while (!/Ready in/.test(log)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(log);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

after(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // With its workers.
    process.kill(-child.pid, "SIGTERM");
    await ended;
  }
  await rm(`${folder}.next`, { recursive: true, force: true });
});

async function who(cookie) {
  const answer = await fetch(`${APP}/me`, { headers: cookie ? { cookie } : {} });
  const html = await answer.text();
  return html.match(/<p id="who">(.*?)<\/p>/)?.[1] ?? `${answer.status} ${log}\n${html}`;
}

/** The cookies in which the adapter keeps tokens. */
function kept(tokens) {
  const base = `CognitoIdentityServiceProvider.${CLIENT}`;
  const values = {
    [`${base}.LastAuthUser`]: "alice",
    [`${base}.alice.accessToken`]: tokens.AccessToken,
    [`${base}.alice.idToken`]: tokens.IdToken,
    [`${base}.alice.refreshToken`]: tokens.RefreshToken,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
}

test("the adapter signs in through the pool's domain, and knows the user", async () => {
  assert.equal(await who(), "nobody");

  const app = textBrowser();
  const away = await app.open(`${APP}/api/auth/sign-in`);
  assert.equal(new URL(away.url).hostname, DOMAIN, `${away.status} ${away.html} ${log}`);
  const back = await textBrowser().signIn(away.url, "alice", PASSWORD);
  assert.ok(back.startsWith(`${APP}/api/auth/sign-in-callback?code=`), back);
  const done = await app.open(back);
  assert.equal(done.status, 200, done.html);
  const cookie = [...app.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  assert.equal(await who(cookie), "alice, alice@example.com");
});

test("tokens in cookies are verified: the pool's count, a foreign pool's do not", async () => {
  assert.equal(await who(kept(await signIn(CLIENT))), "alice, alice@example.com");
  assert.equal(await who(kept(await signIn(FOREIGN_CLIENT))), "nobody");
});
