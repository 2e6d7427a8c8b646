// One handler of each kind, as a team would write it for AWS: nothing here knows of Mocknito.
// Exported under the trigger's name.

import { appendFileSync } from "node:fs";
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import {
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";

const cognito = new CognitoIdentityProviderClient({});

export const PreSignUp = async (event) => {
  const { email = "" } = event.request.userAttributes;
  if (email.endsWith("@banned.example")) throw new Error("Not with this address");
  const trusted = event.request.validationData?.code === "letmein";
  event.response.autoConfirmUser = trusted;
  event.response.autoVerifyEmail = trusted;
  return event;
};

// Calls back into the pool that is calling.
export const PostConfirmation = async (event) => {
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: event.userPoolId,
      Username: event.userName,
      UserAttributes: [{ Name: "nickname", Value: `welcomed by ${event.triggerSource}` }],
    }),
  );
  return event;
};

export const PreAuthentication = async (event) => {
  if (event.request.validationData?.from === "nowhere") throw new Error("Not from there");
  return event;
};

// With a callback, as older handlers are written.
export const PostAuthentication = (event, context, callback) => {
  if (event.request.userAttributes.given_name === "Blocked") callback(new Error("Not today"));
  else callback(null, event);
};

export const PreTokenGeneration = async (event) => {
  const claims = { claimsToAddOrOverride: { tenant: "acme" }, claimsToSuppress: ["email"] };
  if (event.version === "1") {
    event.response.claimsOverrideDetails = claims;
  } else {
    event.response.claimsAndScopeOverrideDetails = {
      idTokenGeneration: claims,
      accessTokenGeneration: {
        claimsToAddOrOverride: { roles: ["reader", "writer"] },
        scopesToAdd: ["api/read"],
      },
      groupOverrideDetails: {
        groupsToOverride: [...(event.request.groupConfiguration?.groupsToOverride ?? []), "added"],
      },
    };
  }
  return event;
};

export const UserMigration = async (event) => {
  const known = event.userName === "old.timer" || event.userName === "old-timer@example.com";
  if (!known) throw new Error("Nobody known");
  if (
    event.triggerSource === "UserMigration_Authentication" &&
    event.request.password !== "Old-Passw0rd!"
  ) {
    throw new Error("Wrong password");
  }
  event.response.userAttributes = { email: "old-timer@example.com", email_verified: "true" };
  event.response.finalUserStatus = "CONFIRMED";
  event.response.messageAction = "SUPPRESS";
  return event;
};

export const CustomMessage = async (event) => {
  const { codeParameter, usernameParameter } = event.request;
  event.response.emailSubject = `For ${event.triggerSource}`;
  event.response.emailMessage = `Dear ${usernameParameter ?? event.userName}: ${codeParameter}`;
  return event;
};

export const DefineAuthChallenge = async (event) => {
  const { session } = event.request;
  const last = session.at(-1);
  event.response.issueTokens = last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult;
  event.response.failAuthentication = session.length >= 3 && !event.response.issueTokens;
  if (!event.response.issueTokens && !event.response.failAuthentication)
    event.response.challengeName = "CUSTOM_CHALLENGE";
  return event;
};

export const CreateAuthChallenge = async (event) => {
  const round = event.request.session.length + 1;
  event.response.publicChallengeParameters = { question: `What is ${round} + ${round}?` };
  event.response.privateChallengeParameters = { answer: String(2 * round) };
  event.response.challengeMetadata = `ROUND_${round}`;
  return event;
};

export const VerifyAuthChallengeResponse = async (event) => {
  event.response.answerCorrect =
    event.request.challengeAnswer === event.request.privateChallengeParameters.answer;
  return event;
};

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);

async function send(event) {
  const keyring = new KmsKeyringNode({ keyIds: [process.env.KEY_ARN] });
  const { plaintext, messageHeader } = await decrypt(
    keyring,
    Buffer.from(event.request.code, "base64"),
  );
  const sent = {
    source: event.triggerSource,
    to: event.request.userAttributes,
    code: plaintext.toString(),
    pool: messageHeader.encryptionContext["userpool-id"],
  };
  appendFileSync(process.env.SENT, `${JSON.stringify(sent)}\n`);
}
export const CustomEmailSender = send;
export const CustomSMSSender = send;

export const InboundFederation = async (event) => {
  const { userInfo, idToken } = event.request.attributes;
  // Attributes are text; claims may be anything.
  const texts = Object.entries({ ...idToken, ...userInfo }).filter(
    ([, value]) => typeof value === "string",
  );
  event.response.userAttributesToMap = { ...Object.fromEntries(texts), given_name: "Mapped" };
  return event;
};
