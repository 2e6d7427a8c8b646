// Fixtures for Playwright: a server for each worker, a signed-in browser, a passkey.

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { test as base } from "@playwright/test";
import { startMocknito } from "./index.mjs";

export const test = base.extend({
  /** What the workers' servers are started with. */
  mocknitoOptions: [{ demo: true }, { option: true, scope: "worker" }],

  /** A server of this worker's own. */
  mocknito: [
    async ({ mocknitoOptions }, use) => {
      const mocknito = await startMocknito(mocknitoOptions);
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
  },
});

export { expect } from "@playwright/test";

/**
 * Signs in on the hosted page that the browser is on, and keeps the cookies in a file when one is
 * named.
 */
export async function signIn(page, { username, password, storageState }) {
  await page.locator('input[name="username"]').fill(username);
  const secret = page.locator('input[name="password"]');
  if (!(await secret.isVisible())) {
    await page.locator('button[type="submit"]').first().click();
  }
  await secret.fill(password);
  const from = page.url();
  await secret.press("Enter");
  await page.waitForURL((url) => url.href !== from);
  if (storageState) {
    await mkdir(dirname(storageState), { recursive: true });
    await page.context().storageState({ path: storageState });
  }
}
