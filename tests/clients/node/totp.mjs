// An authenticator app, and a pool whose users have one.

import { createHmac } from "node:crypto";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { PASSWORD } from "./support.mjs";

/**
 * Set up with the `SecretCode`. Each code is given once: the next one where that of now was given
 * before.
 */
export function authenticatorApp(secret) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  let last = 0;
  return () => {
    last = Math.max(Math.floor(Date.now() / 30_000), last + 1);
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(last));
    const tag = createHmac("sha1", key).update(step).digest();
    const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  };
}

/**
 * A pool with these settings, a client, and `ruth` with an address and a password; `mfa` is ON or
 * OPTIONAL.
 */
export async function poolWith(server, { mfa, settings = {}, flows = undefined }) {
  const idp = server.client();
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: "test", ...settings }));
  const UserPoolId = UserPool.Id;
  if (mfa) {
    await idp.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: mfa,
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
  }
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: "app", ExplicitAuthFlows: flows }),
  );
  const UserAttributes = [
    { Name: "email", Value: "ruth@example.com" },
    { Name: "email_verified", Value: "true" },
  ];
  await idp.send(
    new AdminCreateUserCommand({
      UserPoolId,
      Username: "ruth",
      MessageAction: "SUPPRESS",
      UserAttributes,
    }),
  );
  await idp.send(
    new AdminSetUserPasswordCommand({
      UserPoolId,
      Username: "ruth",
      Password: PASSWORD,
      Permanent: true,
    }),
  );
  return { pool: UserPoolId, client: UserPoolClient.ClientId };
}
