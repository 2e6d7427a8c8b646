// The names themselves: who answers there, with which documents, and which names nobody answers.

import assert from "node:assert/strict";
import tls from "node:tls";
import { test } from "node:test";
import { DOMAIN, ISSUER, REGION } from "./support.mjs";

const handshake = (servername) =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ host: "127.0.0.1", port: 443, servername }, () => {
      resolve(socket.getPeerCertificate().subjectaltname);
      socket.end();
    });
    socket.once("error", reject);
  });

test("discovery is AWS's: keys at the issuer, endpoints at the pool's domain", async () => {
  const discovery = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json();
  assert.equal(discovery.issuer, ISSUER);
  assert.equal(discovery.jwks_uri, `${ISSUER}/.well-known/jwks.json`);
  for (const [member, path] of [
    ["authorization_endpoint", "/oauth2/authorize"],
    ["token_endpoint", "/oauth2/token"],
    ["userinfo_endpoint", "/oauth2/userInfo"],
    ["revocation_endpoint", "/oauth2/revoke"],
    ["end_session_endpoint", "/logout"],
  ]) {
    assert.equal(discovery[member], `https://${DOMAIN}${path}`);
  }
  const { keys } = await (await fetch(discovery.jwks_uri)).json();
  assert.equal(keys.length, 2);
});

test("each name has a certificate of its own, in every Region", async () => {
  for (const name of [
    `cognito-idp.${REGION}.amazonaws.com`,
    "cognito-idp.eu-central-2.amazonaws.com",
    "cognito-identity.ap-south-1.amazonaws.com",
    "sts.us-west-2.amazonaws.com",
    "sts.amazonaws.com",
    DOMAIN,
  ]) {
    assert.equal(await handshake(name), `DNS:${name}`);
  }
});

test("other names of AWS, and domains of no pool, have no certificate", async () => {
  for (const name of [
    "s3.us-east-1.amazonaws.com",
    "cognito-idp.us-east-1.amazonaws.com.evil.example",
    "nobodys.auth.us-east-1.amazoncognito.com",
    "local-pool.auth.eu-west-1.amazoncognito.com",
    "accounts.google.com",
  ]) {
    await assert.rejects(handshake(name), name);
  }
});

test("both ports answer", async () => {
  const answer = await fetch("http://localhost:9339/_mocknito/health");
  assert.equal((await answer.json()).status, "ok");
});
