// For `import`: the same as playwright.js.

import api from "./playwright.js";

export const { expect, signIn, signInWithPasskey, test } = api;
