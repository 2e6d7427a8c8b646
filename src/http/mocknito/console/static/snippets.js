// Lines to copy into an app: one client's real values, for each way to call it.

/**
 * `[name, text]` for each. `about` is `{ endpoint, pool, client, secret, username }`: the pool as
 * /_mocknito/pools has it, the client as DescribeUserPoolClient does. `secret` is what stands for
 * the client's secret; undefined where it has none.
 */
export function snippets(about) {
  return isMachine(about.client) ? machine(about) : interactive(about);
}

/** Whether the client acts for itself only. */
export function isMachine({ AllowedOAuthFlows: flows = [] }) {
  return flows.length === 1 && flows[0] === "client_credentials";
}

const quoted = (text) => JSON.stringify(text);
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The way by password that the client has, if any. */
function flow({ ExplicitAuthFlows: flows = [] }) {
  if (flows.includes("ALLOW_USER_PASSWORD_AUTH") || flows.includes("USER_PASSWORD_AUTH")) {
    return { operation: "initiate", name: "USER_PASSWORD_AUTH" };
  }
  if (flows.includes("ALLOW_ADMIN_USER_PASSWORD_AUTH") || flows.includes("ADMIN_NO_SRP_AUTH")) {
    return { operation: "admin_initiate", name: "ADMIN_USER_PASSWORD_AUTH" };
  }
  if (flows.includes("ALLOW_USER_AUTH")) {
    return { operation: "initiate", name: "USER_AUTH", more: { PREFERRED_CHALLENGE: "PASSWORD" } };
  }
  return undefined;
}

const NO_FLOW =
  "The client has no flow by password; add ALLOW_USER_PASSWORD_AUTH to its ExplicitAuthFlows.";

function interactive(about) {
  return [
    ["AWS CLI", cli(about)],
    ["boto3", boto3(about)],
    ["JavaScript SDK", javascript(about)],
    ["Amplify", amplify(about)],
    ["Auth.js", authJs(about)],
    ["Spring", spring(about)],
    ["Go", go(about)],
  ];
}

function cli({ endpoint, pool, client, secret, username }) {
  const used = flow(client);
  const id = client.ClientId;
  const hash = secret
    ? [
        `SECRET_HASH=$(printf %s ${shell(username + id)} \\`,
        `  | openssl dgst -sha256 -hmac ${shell(secret)} -binary | base64)`,
      ]
    : [];
  const more = Object.entries(used?.more ?? {}).map(([name, value]) => `,${name}=${value}`);
  const parameters = shell(`USERNAME=${username},PASSWORD=Passw0rd!${more.join("")}`);
  const admin = used?.operation === "admin_initiate";
  return [
    `export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${pool.region}`,
    "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
    "",
    ...(used ? [] : [`# ${NO_FLOW}`]),
    ...hash,
    `aws cognito-idp ${admin ? "admin-" : ""}initiate-auth --client-id ${id} \\`,
    ...(admin ? [`  --user-pool-id ${pool.id} \\`] : []),
    `  --auth-flow ${used?.name ?? "USER_PASSWORD_AUTH"} \\`,
    `  --auth-parameters ${parameters}${secret ? ",SECRET_HASH=$SECRET_HASH" : ""}`,
  ].join("\n");
}

function boto3({ endpoint, pool, client, secret, username }) {
  const used = flow(client);
  const admin = used?.operation === "admin_initiate";
  const parameters = [
    `"USERNAME": ${quoted(username)}`,
    '"PASSWORD": "Passw0rd!"',
    ...Object.entries(used?.more ?? {}).map(([name, value]) => `${quoted(name)}: ${quoted(value)}`),
    ...(secret ? ['"SECRET_HASH": secret_hash'] : []),
  ];
  return [
    ...(secret ? ["import base64, hashlib, hmac", ""] : []),
    "import boto3",
    "",
    "cognito = boto3.client(",
    '    "cognito-idp",',
    `    endpoint_url=${quoted(endpoint)},`,
    `    region_name=${quoted(pool.region)},`,
    '    aws_access_key_id="test",',
    '    aws_secret_access_key="test",',
    ")",
    ...(secret
      ? [
          `message = (${quoted(username)} + ${quoted(client.ClientId)}).encode()`,
          `digest = hmac.digest(${quoted(secret)}.encode(), message, hashlib.sha256)`,
          "secret_hash = base64.b64encode(digest).decode()",
        ]
      : []),
    ...(used ? [] : [`# ${NO_FLOW}`]),
    `tokens = cognito.${admin ? "admin_" : ""}initiate_auth(`,
    ...(admin ? [`    UserPoolId=${quoted(pool.id)},`] : []),
    `    ClientId=${quoted(client.ClientId)},`,
    `    AuthFlow=${quoted(used?.name ?? "USER_PASSWORD_AUTH")},`,
    `    AuthParameters={${parameters.join(", ")}},`,
    ')["AuthenticationResult"]',
    'print(cognito.get_user(AccessToken=tokens["AccessToken"])["Username"])',
  ].join("\n");
}

function javascript({ endpoint, pool, client, secret, username }) {
  const used = flow(client);
  const command =
    used?.operation === "admin_initiate" ? "AdminInitiateAuthCommand" : "InitiateAuthCommand";
  const parameters = [
    `USERNAME: ${quoted(username)}`,
    'PASSWORD: "Passw0rd!"',
    ...Object.entries(used?.more ?? {}).map(([name, value]) => `${name}: ${quoted(value)}`),
    ...(secret ? ["SECRET_HASH: secretHash"] : []),
  ];
  return [
    ...(secret ? ['import { createHmac } from "node:crypto";'] : []),
    "import {",
    "  CognitoIdentityProviderClient,",
    `  ${command},`,
    '} from "@aws-sdk/client-cognito-identity-provider";',
    "",
    "const cognito = new CognitoIdentityProviderClient({",
    `  endpoint: ${quoted(endpoint)},`,
    `  region: ${quoted(pool.region)},`,
    '  credentials: { accessKeyId: "test", secretAccessKey: "test" },',
    "});",
    ...(secret
      ? [
          `const secretHash = createHmac("sha256", ${quoted(secret)})`,
          `  .update(${quoted(username)} + ${quoted(client.ClientId)})`,
          '  .digest("base64");',
        ]
      : []),
    ...(used ? [] : [`// ${NO_FLOW}`]),
    "const { AuthenticationResult: tokens } = await cognito.send(",
    `  new ${command}({`,
    ...(command.startsWith("Admin") ? [`    UserPoolId: ${quoted(pool.id)},`] : []),
    `    ClientId: ${quoted(client.ClientId)},`,
    `    AuthFlow: ${quoted(used?.name ?? "USER_PASSWORD_AUTH")},`,
    `    AuthParameters: { ${parameters.join(", ")} },`,
    "  }),",
    ");",
  ].join("\n");
}

const scopesOf = ({ AllowedOAuthScopes: scopes = [] }) =>
  scopes.length ? scopes : ["openid", "email"];

function amplify({ endpoint, pool, client, secret }) {
  const urls = (list, other) => JSON.stringify(list?.length ? list.slice(0, 1) : [other]);
  const { host } = new URL(endpoint);
  return [
    ...(secret ? ["// Amplify has no client secret: make a client without one for it."] : []),
    'import { Amplify } from "aws-amplify";',
    "",
    "Amplify.configure({",
    "  Auth: {",
    "    Cognito: {",
    `      userPoolId: ${quoted(pool.id)},`,
    `      userPoolClientId: ${quoted(client.ClientId)},`,
    `      userPoolEndpoint: ${quoted(endpoint)},`,
    "      loginWith: {",
    "        oauth: {",
    "          // By https, which the same port answers.",
    `          domain: ${quoted(host)},`,
    `          scopes: ${JSON.stringify(scopesOf(client))},`,
    `          redirectSignIn: ${urls(client.CallbackURLs, "http://localhost:5173/")},`,
    `          redirectSignOut: ${urls(client.LogoutURLs, "http://localhost:5173/")},`,
    '          responseType: "code",',
    "        },",
    "      },",
    "    },",
    "  },",
    "});",
  ].join("\n");
}

function authJs({ pool, client, secret }) {
  return [
    'import Cognito from "next-auth/providers/cognito"; // or "@auth/core/providers/cognito"',
    "",
    "const provider = Cognito({",
    `  issuer: ${quoted(pool.issuer)},`,
    `  clientId: ${quoted(client.ClientId)},`,
    secret
      ? `  clientSecret: ${quoted(secret)},`
      : '  client: { token_endpoint_auth_method: "none" },',
    '  checks: ["pkce", "state", "nonce"],',
    "});",
    "// Callback: /api/auth/callback/cognito in Next.js, elsewhere /auth/callback/cognito",
  ].join("\n");
}

function spring({ pool, client, secret }) {
  return [
    "spring.security.oauth2:",
    `  resourceserver.jwt.issuer-uri: &issuer ${pool.issuer}`,
    "  client.provider.cognito.issuer-uri: *issuer",
    "  client.provider.cognito.user-name-attribute: username",
    "  client.registration.cognito:",
    `    client-id: ${client.ClientId}`,
    secret ? `    client-secret: ${quoted(secret)}` : "    client-authentication-method: none",
    `    scope: [${scopesOf(client).map(quoted).join(", ")}]`,
    "# Callback: http://localhost:8080/login/oauth2/code/cognito",
  ].join("\n");
}

function go({ endpoint, pool, client, secret }) {
  const callback = client.CallbackURLs?.[0] ?? "http://localhost:3000/callback";
  return [
    "// The SDK",
    `cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(${quoted(pool.region)}))`,
    "cognito := cognitoidentityprovider.NewFromConfig(cfg,",
    "\tfunc(o *cognitoidentityprovider.Options) {",
    `\t\to.BaseEndpoint = aws.String(${quoted(endpoint)})`,
    "\t})",
    "",
    "// go-oidc with oauth2",
    `provider, err := oidc.NewProvider(ctx, ${quoted(pool.issuer)})`,
    "oauth := oauth2.Config{",
    `\tClientID:     ${quoted(client.ClientId)},`,
    ...(secret ? [`\tClientSecret: ${quoted(secret)},`] : []),
    "\tEndpoint:     provider.Endpoint(),",
    `\tRedirectURL:  ${quoted(callback)},`,
    `\tScopes:       []string{${scopesOf(client).map(quoted).join(", ")}},`,
    "}",
  ].join("\n");
}

/** A client of the client_credentials grant: nobody signs in. */
function machine({ endpoint, pool, client, secret = "" }) {
  const scopes = (client.AllowedOAuthScopes ?? []).join(" ");
  const id = client.ClientId;
  const url = `${endpoint}/oauth2/token`;
  return [
    [
      "curl",
      [
        `curl -s ${url} \\`,
        `  -u ${shell(`${id}:${secret}`)} \\`,
        `  -d grant_type=client_credentials -d ${shell(`scope=${scopes}`)}`,
      ].join("\n"),
    ],
    [
      "Python",
      [
        "import requests",
        "",
        "token = requests.post(",
        `    ${quoted(url)},`,
        `    auth=(${quoted(id)}, ${quoted(secret)}),`,
        `    data={"grant_type": "client_credentials", "scope": ${quoted(scopes)}},`,
        ').json()["access_token"]',
      ].join("\n"),
    ],
    [
      "JavaScript",
      [
        `const answer = await fetch(${quoted(url)}, {`,
        '  method: "POST",',
        `  headers: { authorization: "Basic " + btoa(${quoted(`${id}:${secret}`)}) },`,
        "  body: new URLSearchParams({",
        '    grant_type: "client_credentials",',
        `    scope: ${quoted(scopes)},`,
        "  }),",
        "});",
        "const { access_token: token } = await answer.json();",
      ].join("\n"),
    ],
    [
      "Spring",
      [
        "spring.security.oauth2.client:",
        `  provider.cognito.issuer-uri: ${pool.issuer}`,
        "  registration.cognito:",
        `    client-id: ${id}`,
        `    client-secret: ${quoted(secret)}`,
        "    authorization-grant-type: client_credentials",
        `    scope: [${scopes.split(" ").map(quoted).join(", ")}]`,
      ].join("\n"),
    ],
    [
      "Go",
      [
        "config := clientcredentials.Config{",
        `\tClientID:     ${quoted(id)},`,
        `\tClientSecret: ${quoted(secret)},`,
        `\tTokenURL:     ${quoted(url)},`,
        `\tScopes:       []string{${scopes.split(" ").map(quoted).join(", ")}},`,
        "}",
        "client := config.Client(ctx)",
      ].join("\n"),
    ],
  ];
}
