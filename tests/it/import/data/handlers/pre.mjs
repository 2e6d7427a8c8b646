// Confirms everybody, and leaves what its environment says in the request that failed to say it.
export const handler = async (event) => {
  if (event.request.userAttributes.email === 'refused@example.com') {
    throw new Error(`${process.env.STAGE} ${process.env.CLIENT_ID}`);
  }
  event.response.autoConfirmUser = true;
  return event;
};
