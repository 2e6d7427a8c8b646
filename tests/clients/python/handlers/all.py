"""One handler of each kind, as a team would write it for AWS: nothing here knows of Mocknito. Named
for the trigger."""

import base64
import json
import os

import aws_encryption_sdk
import boto3
from aws_encryption_sdk.identifiers import CommitmentPolicy

cognito = boto3.client("cognito-idp")


def PreSignUp(event, context):
    if event["request"]["userAttributes"].get("email", "").endswith("@banned.example"):
        raise Exception("Not with this address")
    trusted = (event["request"]["validationData"] or {}).get("code") == "letmein"
    event["response"]["autoConfirmUser"] = trusted
    event["response"]["autoVerifyEmail"] = trusted
    return event


def PostConfirmation(event, context):
    """Calls back into the pool that is calling."""
    cognito.admin_update_user_attributes(
        UserPoolId=event["userPoolId"],
        Username=event["userName"],
        UserAttributes=[{"Name": "nickname", "Value": f"welcomed by {event['triggerSource']}"}],
    )
    return event


def PreAuthentication(event, context):
    if (event["request"].get("validationData") or {}).get("from") == "nowhere":
        raise ValueError("Not from there")
    return event


def PostAuthentication(event, context):
    if event["request"]["userAttributes"].get("given_name") == "Blocked":
        raise Exception("Not today")
    return event


def PreTokenGeneration(event, context):
    claims = {"claimsToAddOrOverride": {"tenant": "acme"}, "claimsToSuppress": ["email"]}
    if event["version"] == "1":
        event["response"]["claimsOverrideDetails"] = claims
        return event
    groups = (event["request"].get("groupConfiguration") or {}).get("groupsToOverride") or []
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": claims,
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"roles": ["reader", "writer"]},
            "scopesToAdd": ["api/read"],
        },
        "groupOverrideDetails": {"groupsToOverride": [*groups, "added"]},
    }
    return event


def UserMigration(event, context):
    if event["userName"] not in ("old.timer", "old-timer@example.com"):
        raise Exception("Nobody known")
    if event["triggerSource"] == "UserMigration_Authentication":
        if event["request"]["password"] != "Old-Passw0rd!":
            raise Exception("Wrong password")
    event["response"]["userAttributes"] = {
        "email": "old-timer@example.com",
        "email_verified": "true",
    }
    event["response"]["finalUserStatus"] = "CONFIRMED"
    event["response"]["messageAction"] = "SUPPRESS"
    return event


def CustomMessage(event, context):
    request = event["request"]
    event["response"]["emailSubject"] = f"For {event['triggerSource']}"
    event["response"]["emailMessage"] = (
        f"Dear {request['usernameParameter'] or event['userName']}: {request['codeParameter']}"
    )
    return event


def DefineAuthChallenge(event, context):
    session, response = event["request"]["session"], event["response"]
    last = session[-1] if session else {}
    response["issueTokens"] = (
        last.get("challengeName") == "CUSTOM_CHALLENGE" and last["challengeResult"]
    )
    response["failAuthentication"] = len(session) >= 3 and not response["issueTokens"]
    if not response["issueTokens"] and not response["failAuthentication"]:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def CreateAuthChallenge(event, context):
    number = len(event["request"]["session"]) + 1
    event["response"]["publicChallengeParameters"] = {"question": f"What is {number} + {number}?"}
    event["response"]["privateChallengeParameters"] = {"answer": str(2 * number)}
    event["response"]["challengeMetadata"] = f"ROUND_{number}"
    return event


def VerifyAuthChallengeResponse(event, context):
    request = event["request"]
    event["response"]["answerCorrect"] = (
        request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    )
    return event


def send(event, context):
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
    )
    keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[os.environ["KEY_ARN"]])
    code, header = client.decrypt(
        source=base64.b64decode(event["request"]["code"]), key_provider=keys
    )
    sent = {
        "source": event["triggerSource"],
        "to": event["request"]["userAttributes"],
        "code": code.decode(),
        "pool": header.encryption_context["userpool-id"],
    }
    with open(os.environ["SENT"], "a") as file:
        file.write(json.dumps(sent) + "\n")


CustomEmailSender = CustomSMSSender = send


def InboundFederation(event, context):
    attributes = event["request"]["attributes"]
    found = attributes.get("userInfo") or attributes.get("idToken") or {}
    # Attributes are text; claims may be anything.
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    event["response"]["userAttributesToMap"] = {**texts, "given_name": "Mapped"}
    return event
