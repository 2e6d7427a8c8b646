// SimpleSAMLphp as a SAML provider: both signed, encrypted by AES-CBC, and signing out there. Where
// MOCKNITO_TEST_SIMPLESAMLPHP is set and Debian's packages are installed: simplesamlphp, php-cli,
// php-xml, php-mbstring.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startServer } from "../node/support.mjs";
import { GetSigningCertificateCommand } from "./sdk.mjs";
import { GOODBYE, browser, freePort, makePool } from "./support.mjs";

const WWW = "/usr/share/simplesamlphp/www";
const skip = process.env.MOCKNITO_TEST_SIMPLESAMLPHP
  ? false
  : "MOCKNITO_TEST_SIMPLESAMLPHP is not set";

let server;
let php;
let folder;
let url;
let log = "";

before(async () => {
  if (skip) return;
  server = await startServer("--log", "warn");
  folder = mkdtempSync(join(tmpdir(), "simplesamlphp-"));
  url = `http://127.0.0.1:${await freePort()}`;
  for (const name of ["cert", "metadata", "tmp", "log", "data"]) mkdirSync(join(folder, name));
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=idp"],
      ...["-keyout", join(folder, "cert/idp.key"), "-out", join(folder, "cert/idp.crt")],
    ],
    { stdio: "ignore" },
  );
  write("config.php", {
    baseurlpath: `${url}/`,
    certdir: `${folder}/cert/`,
    metadatadir: `${folder}/metadata/`,
    loggingdir: `${folder}/log/`,
    datadir: `${folder}/data/`,
    tempdir: `${folder}/tmp`,
    secretsalt: "of-this-test",
    "auth.adminpassword": "of-this-test",
    technicalcontact_email: "na@example.org",
    timezone: "UTC",
    "logging.handler": "errorlog",
    "enable.saml20-idp": true,
    "store.type": "phpsession",
    "session.phpsession.savepath": `${folder}/tmp`,
    "module.enable": { core: true, saml: true, exampleauth: true },
    "metadata.sources": [{ type: "flatfile" }],
  });
  write("authsources.php", {
    users: {
      0: "exampleauth:UserPass",
      "ann:secret": { uid: ["ann"], mail: ["ann@example.com"], groups: ["a", "b c"] },
    },
  });
  write("metadata/saml20-idp-hosted.php", {
    [`${url}/idp`]: {
      host: "__DEFAULT__",
      privatekey: "idp.key",
      certificate: "idp.crt",
      auth: "users",
      "sign.logout": true,
    },
  });
  php = spawn("php", ["-S", new URL(url).host, "-t", WWW], {
    env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [php.stdout, php.stderr]) stream.on("data", (text) => (log += text));
  const answers = () => fetch(metadata()).then((answer) => answer.ok, () => false);
  for (let tries = 0; !(await answers()); tries += 1) {
    if (tries > 100) throw new Error(`SimpleSAMLphp does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
after(async () => {
  php?.kill("SIGTERM");
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const metadata = () => `${url}/saml2/idp/metadata.php`;

/** Writes a value as SimpleSAMLphp's PHP. */
function write(name, value) {
  const variable = name.startsWith("metadata/") ? "metadata" : "config";
  const json = JSON.stringify(JSON.stringify(value)).replaceAll("$", "\\$");
  writeFileSync(join(folder, name), `<?php $${variable} = json_decode(${json}, true);\n`);
}

async function pool(details, settings) {
  const world = await makePool(server, () => ({
    ProviderType: "SAML",
    ProviderDetails: { MetadataURL: metadata(), ...details },
    AttributeMapping: { email: "mail", nickname: "groups" },
  }));
  const { Certificate } = await world.client.send(
    new GetSigningCertificateCommand({ UserPoolId: world.UserPoolId }),
  );
  const key = (X509Certificate, use) => ({
    type: "X509Certificate",
    signing: use === "signing",
    encryption: use === "encryption",
    X509Certificate,
  });
  write("metadata/saml20-sp-remote.php", {
    [`urn:amazon:cognito:sp:${world.UserPoolId}`]: {
      AssertionConsumerService: `${server.url}/saml2/idpresponse`,
      SingleLogoutService: [
        {
          Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
          Location: `${server.url}/saml2/logout`,
        },
      ],
      keys: [
        key(Certificate, "signing"),
        key(world.details.ActiveEncryptionCertificate, "encryption"),
      ],
      "validate.authnrequest": true,
      "validate.logout": true,
      authproc: {
        3: {
          class: "saml:AttributeNameID",
          attribute: "uid",
          Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        },
      },
      NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
      ...settings,
    },
  });
  return world;
}

async function signIn(visitor, start) {
  let page = await visitor.open(start);
  if (page.html?.includes('name="password"')) {
    page = await visitor.submit(page, { username: "ann", password: "secret" });
  }
  while (page.html?.includes("SAMLResponse")) page = await visitor.submit(page);
  return page;
}

test("a signed request, a signed response, and signing out there", { skip }, async () => {
  const world = await pool({ RequestSigningAlgorithm: "rsa-sha256", IDPSignout: "true" }, {});
  const visitor = browser();
  const claims = await world.claims(await signIn(visitor, world.start));
  assert.equal(claims["cognito:username"], "Corp_ann");
  assert.equal(claims.email, "ann@example.com");
  let page = await visitor.open(world.signOut);
  while (page.html?.includes("SAMLResponse")) page = await visitor.submit(page);
  assert.equal(page.url, GOODBYE, `${page.html}\n${log}`);
  assert.match((await visitor.open(world.start)).html, /name="password"/);
});

test("an encrypted assertion", { skip }, async () => {
  const world = await pool(
    { RequestSigningAlgorithm: "rsa-sha256", EncryptedResponses: "true" },
    { "assertion.encryption": true },
  );
  const claims = await world.claims(await signIn(browser(), world.start));
  assert.equal(claims["cognito:username"], "Corp_ann");
});

test("signatures by SHA-1 are refused", { skip }, async () => {
  const world = await pool(
    { RequestSigningAlgorithm: "rsa-sha256" },
    { "signature.algorithm": "http://www.w3.org/2000/09/xmldsig#rsa-sha1" },
  );
  const page = await signIn(browser(), world.start);
  assert.equal(
    new URL(page.url).searchParams.get("error_description"),
    "Error in SAML response processing: its signature uses an algorithm that is too weak",
  );
});
