// As Amplify's documentation has it: ids and the pool's domain, and no endpoint.

import { createServerRunner } from "@aws-amplify/adapter-nextjs";

const config = {
  Auth: {
    Cognito: {
      userPoolId: "us-east-1_AsAws0001",
      userPoolClientId: "ourclient00000000000000000",
      loginWith: {
        oauth: {
          domain: "local-pool.auth.us-east-1.amazoncognito.com",
          scopes: ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
          redirectSignIn: ["http://localhost:3000/api/auth/sign-in-callback"],
          redirectSignOut: ["http://localhost:3000/"],
          responseType: "code",
        },
      },
    },
  },
};

export const { runWithAmplifyServerContext, createAuthRouteHandlers } = createServerRunner({
  config,
});
