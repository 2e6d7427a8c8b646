"""boto3 as an app has it: no endpoint, no certificate, no file of settings."""

import base64
import json
import sys

import boto3

pool, client, password = sys.argv[1:]
idp = boto3.client("cognito-idp")
tokens = idp.initiate_auth(
    ClientId=client,
    AuthFlow="USER_PASSWORD_AUTH",
    AuthParameters={"USERNAME": "alice", "PASSWORD": password},
)["AuthenticationResult"]
payload = tokens["IdToken"].split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

# An identity pool whose only provider has AWS's name, as in everybody's template.
identities = boto3.client("cognito-identity")
provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
identity_pool = identities.create_identity_pool(
    IdentityPoolName="app",
    AllowUnauthenticatedIdentities=False,
    CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": client}],
)["IdentityPoolId"]
role = "arn:aws:iam::123456789012:role/app"
identities.set_identity_pool_roles(IdentityPoolId=identity_pool, Roles={"authenticated": role})
logins = {provider: tokens["IdToken"]}
identity = identities.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
made = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
sts = boto3.client(
    "sts",
    aws_access_key_id=made["AccessKeyId"],
    aws_secret_access_key=made["SecretKey"],
    aws_session_token=made["SessionToken"],
)
print(
    json.dumps(
        {
            "username": idp.get_user(AccessToken=tokens["AccessToken"])["Username"],
            "pool": idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Name"],
            "issuer": claims["iss"],
            "identity": identity,
            "caller": sts.get_caller_identity()["Arn"],
        }
    )
)
