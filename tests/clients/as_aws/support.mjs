// What the tests here share: the ids that apps are told, and tokens. No address of Mocknito's own:
// everything is at AWS's names.

export const REGION = "us-east-1";
export const POOL = "us-east-1_AsAws0001";
export const CLIENT = "ourclient00000000000000000";
export const FOREIGN_CLIENT = "foreignclient0000000000000";
export const DOMAIN = "local-pool.auth.us-east-1.amazoncognito.com";
export const ISSUER = `https://cognito-idp.${REGION}.amazonaws.com/${POOL}`;
export const PASSWORD = "Passw0rd!";

/** Tokens of alice in the pool of this client, by the API. */
export async function signIn(client) {
  const answer = await fetch(`https://cognito-idp.${REGION}.amazonaws.com/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      ClientId: client,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "alice", PASSWORD },
    }),
  });
  const { AuthenticationResult } = await answer.json();
  return AuthenticationResult;
}
