// A user's attributes, and what its environment says, in the token.
export async function handler(event) {
  event.response = {
    claimsOverrideDetails: { claimsToAddOrOverride: { client_in_environment: process.env.CLIENT_ID ?? '' } },
  };
  return event;
}
