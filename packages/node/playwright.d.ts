import type { Page, TestType, PlaywrightTestArgs, PlaywrightTestOptions } from "@playwright/test";
import type { PlaywrightWorkerArgs, PlaywrightWorkerOptions } from "@playwright/test";
import type { Mocknito, StartOptions } from "./index.js";

export interface MocknitoArgs {
  /** An authenticator in the browser, which makes passkeys and signs in with them unasked. */
  authenticator: { credentials(): Promise<object[]> };
}

export interface MocknitoWorkerArgs {
  /** What the workers' servers are started with; the demo unless said. */
  mocknitoOptions: StartOptions | undefined;
  /** A server of this worker's own, or the one that `mocknito exec` has started for all. */
  mocknito: Mocknito;
}

export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & MocknitoArgs,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & MocknitoWorkerArgs
>;

export { expect } from "@playwright/test";

/**
 * Signs in on the hosted page that the browser is on, and keeps the cookies in the file
 * `storageState`.
 */
export function signIn(
  page: Page,
  options: { username: string; password: string; storageState?: string },
): Promise<void>;

/** Signs in by a passkey that the fixture `authenticator` has. */
export function signInWithPasskey(page: Page, options: { username: string }): Promise<void>;
