import { cookies } from "next/headers";
import { fetchAuthSession, fetchUserAttributes } from "aws-amplify/auth/server";
import { runWithAmplifyServerContext } from "../../amplify.mjs";

export const dynamic = "force-dynamic";

/** Who is signed in, by verified tokens, and what the pool says of them. */
export default async function Me() {
  const who = await runWithAmplifyServerContext({
    nextServerContext: { cookies },
    operation: async (context) => {
      const { tokens } = await fetchAuthSession(context);
      if (!tokens) return "nobody";
      const { email } = await fetchUserAttributes(context);
      return `${tokens.accessToken.payload.username}, ${email}`;
    },
  });
  return <p id="who">{who}</p>;
}
