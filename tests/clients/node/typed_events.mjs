// Events held against the schemas of Powertools for TypeScript: a list of them on standard input,
// what the schemas say against them on standard output.

import { readFileSync } from "node:fs";
import * as schemas from "@aws-lambda-powertools/parser/schemas/cognito";

const SCHEMAS = {
  PreSignUp: schemas.PreSignupTriggerSchema,
  PostConfirmation: schemas.PostConfirmationTriggerSchema,
  PreAuthentication: schemas.PreAuthenticationTriggerSchema,
  PostAuthentication: schemas.PostAuthenticationTriggerSchema,
  DefineAuthChallenge: schemas.DefineAuthChallengeTriggerSchema,
  CreateAuthChallenge: schemas.CreateAuthChallengeTriggerSchema,
  VerifyAuthChallengeResponse: schemas.VerifyAuthChallengeTriggerSchema,
  UserMigration: schemas.MigrateUserTriggerSchema,
  CustomMessage: schemas.CustomMessageTriggerSchema,
  CustomEmailSender: schemas.CustomEmailSenderTriggerSchema,
  CustomSMSSender: schemas.CustomSMSSenderTriggerSchema,
};

function schema(event) {
  const [trigger] = event.triggerSource.split("_");
  if (trigger !== "TokenGeneration") return SCHEMAS[trigger];
  return event.version === "1"
    ? schemas.PreTokenGenerationTriggerSchemaV1
    : schemas.PreTokenGenerationTriggerSchemaV2AndV3;
}

const events = JSON.parse(readFileSync(0, "utf8"));
const said = events.flatMap((event) => {
  const issues = schema(event)?.safeParse(event).error?.issues ?? [];
  return issues.map(({ path, message }) => ({
    source: event.triggerSource,
    path: path.join("."),
    message,
  }));
});
console.log(JSON.stringify(said));
