// Fixtures for Playwright: a server for each worker, a signed-in browser, a passkey. For `import`
// the same is in playwright.mjs.

const { mkdir } = require("node:fs/promises");
const { dirname } = require("node:path");
const { test: base, expect } = require("@playwright/test");
const { connectMocknito, startMocknito } = require("./index.js");

const test = base.extend({
  /** What the workers' servers are started with; none for the server of `mocknito exec`. */
  mocknitoOptions: [undefined, { option: true, scope: "worker" }],

  /** A server of this worker's own, or the one that `mocknito exec` has started for all. */
  mocknito: [
    async ({ mocknitoOptions }, use) => {
      const isThere = mocknitoOptions === undefined && process.env.MOCKNITO_URL;
      const mocknito = isThere
        ? await connectMocknito()
        : await startMocknito(mocknitoOptions ?? { demo: true });
      await use(mocknito);
      await mocknito.stop();
    },
    { scope: "worker" },
  ],

  /** An authenticator in the browser, which makes passkeys and signs in with them unasked. */
  authenticator: async ({ page }, use) => {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await use({
      credentials: async () =>
        (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    });
    await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    await session.detach();
  },
});

/** By the attribute itself: a suite may have chosen another one for Playwright's test ids. */
const byTestId = (page, id) => page.locator(`[data-testid="${id}"]`);

/**
 * Signs in on the hosted page that the browser is on, and keeps the cookies in a file when one is
 * named. Where the pool asks for more than the password, the page that asks is there afterwards.
 */
async function signIn(page, { username, password, storageState }) {
  await page.locator('input[name="username"]').fill(username);
  const secret = page.locator('input[name="password"]');
  // Where users choose how they sign in, the name is asked for first.
  if (!(await secret.isVisible())) {
    await byTestId(page, "submit").click();
    const choice = byTestId(page, "choose-PASSWORD");
    await secret.or(choice).first().waitFor();
    if (await choice.isVisible()) await choice.click();
  }
  await secret.fill(password);
  const from = page.url();
  const isSent = (answer) =>
    answer.request().isNavigationRequest() && answer.request().method() === "POST";
  const [answer] = await Promise.all([page.waitForResponse(isSent), secret.press("Enter")]);
  if (answer.status() >= 300 && answer.status() < 400) {
    await page.waitForURL((url) => url.href !== from);
  } else {
    await page.waitForLoadState();
    const refused = byTestId(page, "error");
    if (await refused.isVisible()) {
      throw new Error(`${username} is not signed in: ${(await refused.textContent()).trim()}`);
    }
  }
  if (storageState) {
    await mkdir(dirname(storageState), { recursive: true });
    await page.context().storageState({ path: storageState });
  }
}

/** Signs in by a passkey of the fixture `authenticator`, on the page that the browser is on. */
async function signInWithPasskey(page, { username }) {
  await page.locator('input[name="username"]').fill(username);
  await byTestId(page, "submit").click();
  const choice = byTestId(page, "choose-WEB_AUTHN");
  const passkey = byTestId(page, "passkey-form").locator('[data-testid="submit"]');
  await choice.or(passkey).first().waitFor();
  if (await choice.isVisible()) await choice.click();
  await passkey.waitFor();
  const from = page.url();
  await passkey.click();
  await page.waitForURL((url) => url.href !== from);
}

module.exports = { expect, signIn, signInWithPasskey, test };
