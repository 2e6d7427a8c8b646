"""pycognito and boto3 with more than a password: authenticator apps, client secrets, remembered
devices, and the first factor of one's choice."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
import requests
from pycognito import Cognito
from pycognito.aws_srp import AWSSRP, generate_hash_device
from pycognito.exceptions import SoftwareTokenMFAChallengeException
from support import PASSWORD, Pool, refusal, secret_hash


class App:
    """An authenticator app."""

    def __init__(self, secret_code):
        self.key = base64.b32decode(secret_code + "=" * (-len(secret_code) % 8))
        self.last = 0

    def code(self):
        """The code of now, or the next one where that of now was given before: each works once."""
        step = max(int(time.time()) // 30, self.last + 1)
        self.last = step
        tag = hmac.new(self.key, struct.pack(">Q", step), hashlib.sha1).digest()
        at = tag[-1] & 15
        return f"{(struct.unpack('>I', tag[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def pycognito(pool, client, username, secret=None):
    """pycognito, unmodified but for the endpoint. It checks tokens against the issuer that it
    computes from it."""
    endpoint = pool.server.url.replace("127.0.0.1", "localhost")
    return Cognito(
        pool.id,
        client,
        user_pool_region="us-east-1",
        client_secret=secret,
        username=username,
        boto3_client_kwargs={"endpoint_url": endpoint},
    )


def totp_pool(server, state):
    pool = Pool(server)
    pool.idp.set_user_pool_mfa_config(
        UserPoolId=pool.id,
        MfaConfiguration=state,
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    return pool


def test_pycognito_sets_an_app_up_and_signs_in_with_it_through_a_client_with_a_secret(server):
    pool = totp_pool(server, "OPTIONAL")
    client = pool.add_client(GenerateSecret=True)
    pool.add_user("ruth", email="ruth@example.com")
    user = pycognito(pool, client["ClientId"], "ruth", client["ClientSecret"])
    user.authenticate(PASSWORD)
    app = App(user.associate_software_token())
    assert user.verify_software_token(app.code(), "")
    user.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")

    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        user.authenticate(PASSWORD)
    tokens = challenge.value.get_tokens()
    with pytest.raises(user.client.exceptions.CodeMismatchException):
        user.respond_to_software_token_mfa_challenge("000000", tokens)
    code = app.code()
    user.respond_to_software_token_mfa_challenge(code, tokens)
    assert user.id_claims["email"] == "ruth@example.com"
    assert user.get_user().email == "ruth@example.com"
    user.renew_access_token()

    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        user.authenticate(PASSWORD)
    with pytest.raises(user.client.exceptions.ExpiredCodeException):
        user.respond_to_software_token_mfa_challenge(code, challenge.value.get_tokens())


def test_pycognito_confirms_a_device_and_signs_in_with_it(server):
    pool = Pool(
        server,
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": False,
        },
    )
    pool.add_user("ruth")

    def srp(**device):
        return AWSSRP("ruth", PASSWORD, pool.id, pool.client, client=pool.idp, **device)

    tokens = srp().authenticate_user()
    new = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    # Its own confirm_device posts to AWS whatever the endpoint is; what it would send is this.
    password, verifier = generate_hash_device(new["DeviceGroupKey"], new["DeviceKey"])
    pool.idp.confirm_device(
        AccessToken=tokens["AuthenticationResult"]["AccessToken"],
        DeviceKey=new["DeviceKey"],
        DeviceName="laptop",
        DeviceSecretVerifierConfig=verifier,
    )
    device = {
        "device_key": new["DeviceKey"],
        "device_group_key": new["DeviceGroupKey"],
        "device_password": password,
    }
    again = srp(**device).authenticate_user()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in again
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
        srp(**{**device, "device_password": "guessed"}).authenticate_user()


def test_boto3_is_taken_through_the_set_up_that_a_pool_demands(server):
    pool = totp_pool(server, "ON")
    pool.add_user("ruth")
    asked = pool.sign_in("ruth")
    assert asked["ChallengeName"] == "MFA_SETUP"
    drawn = pool.idp.associate_software_token(Session=asked["Session"])
    app = App(drawn["SecretCode"])
    verified = pool.idp.verify_software_token(Session=drawn["Session"], UserCode=app.code())
    assert verified["Status"] == "SUCCESS"
    answer = pool.idp.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="MFA_SETUP",
        Session=verified["Session"],
        ChallengeResponses={"USERNAME": "ruth"},
    )
    assert answer["AuthenticationResult"]["AccessToken"]
    assert pool.sign_in("ruth")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_boto3_signs_in_with_a_code_by_mail_through_a_client_with_a_secret(server):
    pool = Pool(
        server, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    )
    client = pool.add_client(GenerateSecret=True, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    pool.add_user("ruth", email="ruth.code@example.com")
    names = {
        "USERNAME": "ruth",
        "SECRET_HASH": secret_hash(client["ClientSecret"], "ruth", client["ClientId"]),
    }
    asked = pool.idp.initiate_auth(
        ClientId=client["ClientId"], AuthFlow="USER_AUTH", AuthParameters=names
    )
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]

    def answer(challenge, session, **responses):
        return pool.idp.respond_to_auth_challenge(
            ClientId=client["ClientId"],
            ChallengeName=challenge,
            Session=session,
            ChallengeResponses={**names, **responses},
        )

    sent = answer("SELECT_CHALLENGE", asked["Session"], ANSWER="EMAIL_OTP")
    assert sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "r***@e***"
    inbox = requests.get(
        f"{server.url}/_mocknito/inbox",
        params={"to": "ruth.code@example.com", "wait": "10s"},
        timeout=15,
    )
    code = inbox.json()["messages"][0]["code"]
    with pytest.raises(pool.idp.exceptions.CodeMismatchException):
        answer("EMAIL_OTP", sent["Session"], EMAIL_OTP_CODE="0000000")
    with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
        pool.idp.respond_to_auth_challenge(
            ClientId=client["ClientId"],
            ChallengeName="EMAIL_OTP",
            Session=sent["Session"],
            ChallengeResponses={"USERNAME": "ruth", "EMAIL_OTP_CODE": code},
        )
    assert answer("EMAIL_OTP", sent["Session"], EMAIL_OTP_CODE=code)["AuthenticationResult"]


def test_nothing_but_a_session_opens_a_challenge(server):
    pool = totp_pool(server, "ON")
    for challenge in (
        "SOFTWARE_TOKEN_MFA",
        "SMS_MFA",
        "EMAIL_OTP",
        "MFA_SETUP",
        "SELECT_CHALLENGE",
        "WEB_AUTHN",
    ):
        answer = server.raw(
            "RespondToAuthChallenge",
            {
                "ClientId": pool.client,
                "ChallengeName": challenge,
                "Session": "A" * 40,
                "ChallengeResponses": {"USERNAME": "ruth"},
            },
        )
        assert refusal(answer)[0] == "NotAuthorizedException", challenge
