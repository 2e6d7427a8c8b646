// What a token claims, and what each claim of Cognito's tokens means.

/** Claim → one sentence. */
const MEANING = {
  iss: "Who made it: the pool’s issuer. Verifiers compare it to the letter.",
  sub: "The user’s id in the pool; it never changes and is never given again.",
  aud: "Whom it is for: the app client. Only ID tokens have it.",
  client_id: "The app client. Access tokens have this in place of aud.",
  token_use: "Which kind of token this is: id or access. Verifiers must look.",
  scope: "What the token allows, with spaces between.",
  exp: "From when on it is refused.",
  iat: "When it was made.",
  nbf: "Before this it is refused.",
  auth_time: "When the user signed in; refreshing does not change it.",
  jti: "This token’s own id.",
  origin_jti: "The sign-in that it comes from: revoking ends all tokens that share it.",
  event_id: "The request that made it, as functions and auth events name it.",
  username: "The user’s name.",
  "cognito:username": "The user’s name.",
  "cognito:groups": "The user’s groups.",
  "cognito:roles": "The roles of the user’s groups, for identity pools.",
  "cognito:preferred_role": "The role of the group that comes first, for identity pools.",
  nonce: "What the app sent along with its request; it has to compare.",
  at_hash: "A digest of the access token that came with it.",
  email: "The user’s address.",
  email_verified: "Whether the address was verified. Cognito tells it as true or false.",
  phone_number: "The user’s number.",
  phone_number_verified: "Whether the number was verified.",
  identities: "The identity providers by which the user signs in.",
  device_key: "The device that signed in.",
  version: "The version of Cognito’s access tokens.",
  acr: "The level that the sign-in reached.",
  amr: "By which methods the user signed in.",
};

/** The claims of a JWT, unverified; undefined where it is none that can be read. */
export function claimsOf(token) {
  try {
    const bytes = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (one) => one.charCodeAt(0)));
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whose a sign-in's tokens are: who signs in by an address has an id for a name. */
export function nameIn(tokens) {
  const { username, sub } = claimsOf(tokens.access_token) ?? {};
  const { email, phone_number } = claimsOf(tokens.id_token) ?? {};
  return username === sub ? (email ?? phone_number ?? username) : username;
}

const INSTANTS = ["exp", "iat", "nbf", "auth_time"];

export const isInstant = (claim) => INSTANTS.includes(claim);

export function meaning(claim) {
  if (MEANING[claim]) return MEANING[claim];
  if (claim.startsWith("custom:")) return "An attribute that the pool defines itself.";
  if (claim.startsWith("cognito:")) return "Cognito’s own.";
  return "An attribute of the user, or added by a function.";
}
