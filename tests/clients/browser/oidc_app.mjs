// The app that the tests drive: unmodified oidc-client-ts, within reach of the page's console.

import { UserManager, WebStorageStateStore } from "oidc-client-ts";

window.userManager = (settings) =>
  new UserManager({
    ...settings,
    userStore: new WebStorageStateStore({ store: window.localStorage }),
  });
