// The AWS SDK, as the Node clients have it.

import { createRequire } from "node:module";

const require = createRequire(new URL("../node/package.json", import.meta.url));

export const {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeIdentityProviderCommand,
  GetSigningCertificateCommand,
  UpdateIdentityProviderCommand,
} = require("@aws-sdk/client-cognito-identity-provider");
