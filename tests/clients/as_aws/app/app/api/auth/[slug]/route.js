import { createAuthRouteHandlers } from "../../../../amplify.mjs";

export const GET = createAuthRouteHandlers({
  redirectOnSignInComplete: "/me",
  redirectOnSignOutComplete: "/me",
});
