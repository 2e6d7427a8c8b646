import type { Page, TestType, PlaywrightTestArgs, PlaywrightTestOptions } from "@playwright/test";
import type { PlaywrightWorkerArgs, PlaywrightWorkerOptions } from "@playwright/test";
import type { Mocknito, StartOptions } from "./index.js";

export interface MocknitoArgs {
  /** An authenticator in the browser, which makes passkeys and signs in with them unasked. */
  authenticator: { credentials(): Promise<object[]> };
}

export interface MocknitoWorkerArgs {
  /** What the workers' servers are started with. */
  mocknitoOptions: StartOptions;
  /** A server of this worker's own. */
  mocknito: Mocknito;
}

export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & MocknitoArgs,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & MocknitoWorkerArgs
>;

export { expect } from "@playwright/test";

/** Signs in on the hosted page that the browser is on. */
export function signIn(
  page: Page,
  options: { username: string; password: string; storageState?: string },
): Promise<void>;
