"""Credentials of identity pools: boto3 and the AWS CLI in both flows, STS, PyJWT, and moto as the
service that they are for and as the STS that makes them."""

import json
import pathlib
import re
import subprocess
import sys
import time

import boto3
import jwt
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from support import DEMO_CLIENT, DEMO_POOL, PASSWORD, Server, clean_environment

IDENTITY_POOL = "us-east-1:11111111-2222-4333-8444-555555555555"
PROVIDER = f"cognito-idp.us-east-1.amazonaws.com/{DEMO_POOL}"
USER_ROLE = "arn:aws:iam::123456789012:role/demo-user"
GUEST_ROLE = "arn:aws:iam::123456789012:role/demo-guest"
SESSION = "arn:aws:sts::123456789012:assumed-role/{}/{}"
SCRIPTS = pathlib.Path(sys.executable).parent


def client(service, url, credentials=None):
    credentials = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials.get("SecretAccessKey") or credentials["SecretKey"],
        aws_session_token=credentials.get("SessionToken"),
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def logins(server, username):
    answer = server.client().initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
    )
    return {PROVIDER: answer["AuthenticationResult"]["IdToken"]}


def enhanced(server, login):
    identity = client("cognito-identity", server.url)
    found = identity.get_id(IdentityPoolId=IDENTITY_POOL, Logins=login)["IdentityId"]
    answer = identity.get_credentials_for_identity(IdentityId=found, Logins=login)
    assert answer["IdentityId"] == found
    return found, answer["Credentials"]


def caller(server, credentials=None):
    return client("sts", server.url, credentials).get_caller_identity()


class Moto:
    """moto's server on a port of the system's choice, for as long as a test needs it."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline, log = time.monotonic() + 60, ""
        while time.monotonic() < deadline:
            line = self.process.stderr.readline()
            log += line
            if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                self.url = found[1]
                return self
            if not line:
                break
        self.process.kill()
        raise AssertionError(f"moto does not start:\n{log}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def moto():
    with Moto() as running:
        yield running


def test_boto3_gets_credentials_in_the_enhanced_flow(server):
    for login, role in ((logins(server, "alice"), "demo-user"), ({}, "demo-guest")):
        identity, credentials = enhanced(server, login)
        answer = caller(server, credentials)
        assert answer["Arn"] == SESSION.format(role, "CognitoIdentityCredentials")
        assert answer["Account"] == "123456789012"
        assert answer["UserId"].endswith(":CognitoIdentityCredentials")
        key = credentials["AccessKeyId"]
        told = requests.get(f"{server.url}/_mocknito/credentials/{key}", timeout=5).json()
        assert told["identity_id"] == identity


def test_boto3_gets_credentials_in_the_basic_flow(server):
    identity, sts = client("cognito-identity", server.url), client("sts", server.url)
    for login, role in ((logins(server, "alice"), USER_ROLE), ({}, GUEST_ROLE)):
        found = identity.get_id(IdentityPoolId=IDENTITY_POOL, Logins=login)["IdentityId"]
        token = identity.get_open_id_token(IdentityId=found, Logins=login)["Token"]
        given = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="script", WebIdentityToken=token, DurationSeconds=900
        )
        assert given["SubjectFromWebIdentityToken"] == found
        assert given["Provider"] == "cognito-identity.amazonaws.com"
        arn = SESSION.format(role.split("/")[1], "script")
        assert given["AssumedRoleUser"]["Arn"] == arn
        answer = caller(server, given["Credentials"])
        assert (answer["Arn"], answer["UserId"]) == (
            arn,
            given["AssumedRoleUser"]["AssumedRoleId"],
        )


def test_a_developers_token_is_exchanged_too(server):
    identity, sts = client("cognito-identity", server.url), client("sts", server.url)
    pool = identity.create_identity_pool(
        IdentityPoolName="developers",
        AllowUnauthenticatedIdentities=False,
        DeveloperProviderName="login.example.com",
    )["IdentityPoolId"]
    identity.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": USER_ROLE})
    made = identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool, Logins={"login.example.com": "u-1"}, PrincipalTags={"team": "red"}
    )
    given = sts.assume_role_with_web_identity(
        RoleArn=USER_ROLE, RoleSessionName="backend", WebIdentityToken=made["Token"]
    )
    assert given["SubjectFromWebIdentityToken"] == made["IdentityId"]
    key = given["Credentials"]["AccessKeyId"]
    told = requests.get(f"{server.url}/_mocknito/credentials/{key}", timeout=5).json()
    assert told["principal_tags"] == {"team": "red"}
    assert told["login_provider"] == "login.example.com"


def test_sts_refuses_as_boto3_expects_it(own_server):
    identity, sts = client("cognito-identity", own_server.url), client("sts", own_server.url)
    found = identity.get_id(IdentityPoolId=IDENTITY_POOL)["IdentityId"]
    token = identity.get_open_id_token(IdentityId=found)["Token"]

    def assume(token, role=GUEST_ROLE):
        return sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="script", WebIdentityToken=token
        )

    with pytest.raises(sts.exceptions.InvalidIdentityTokenException):
        assume(logins(own_server, "alice")[PROVIDER])
    with pytest.raises(ClientError, match="AccessDenied.*Not authorized to perform"):
        assume(token, USER_ROLE)
    own = assume(token)["Credentials"]
    other = assume(token)["Credentials"]
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        caller(own_server, {**own, "SessionToken": other["SessionToken"]})
    identity.delete_identities(IdentityIdsToDelete=[found])
    with pytest.raises(sts.exceptions.IDPRejectedClaimException):
        assume(token)
    own_server.advance_clock("1h")
    with pytest.raises(sts.exceptions.ExpiredTokenException):
        assume(token)
    with pytest.raises(ClientError, match="ExpiredToken"):
        caller(own_server, own)
    with pytest.raises(ClientError, match="GetSessionToken.*InvalidAction|InvalidAction"):
        sts.get_session_token()


def aws(server, *arguments, **environment):
    """What the AWS CLI prints, as JSON."""
    environment = clean_environment(
        AWS_ENDPOINT_URL=server.url, AWS_DEFAULT_REGION="us-east-1", **environment
    )
    done = subprocess.run(
        [SCRIPTS / "aws", *arguments, "--output", "json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def environment(credentials):
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials.get("SecretKey") or credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def test_the_aws_cli_goes_through_both_flows(server):
    unsigned = "--no-sign-request"
    found = aws(
        server, "cognito-identity", "get-id", unsigned, "--identity-pool-id", IDENTITY_POOL
    )["IdentityId"]
    given = aws(
        server,
        *("cognito-identity", "get-credentials-for-identity", unsigned, "--identity-id", found),
    )
    asked = aws(server, "sts", "get-caller-identity", **environment(given["Credentials"]))
    assert asked["Arn"] == SESSION.format("demo-guest", "CognitoIdentityCredentials")

    token = aws(
        server, "cognito-identity", "get-open-id-token", unsigned, "--identity-id", found
    )["Token"]
    given = aws(
        server,
        *("sts", "assume-role-with-web-identity", "--role-arn", GUEST_ROLE),
        *("--role-session-name", "cli", "--web-identity-token", token),
    )
    asked = aws(server, "sts", "get-caller-identity", **environment(given["Credentials"]))
    assert asked["Arn"] == SESSION.format("demo-guest", "cli")

    anybody = aws(
        server,
        *("sts", "get-caller-identity"),
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
    )
    assert anybody["Arn"] == "arn:aws:iam::123456789012:root"


def test_pyjwt_verifies_an_openid_token_by_its_issuers_discovery(server):
    identity = client("cognito-identity", server.url)
    login = logins(server, "alice")
    found = identity.get_id(IdentityPoolId=IDENTITY_POOL, Logins=login)["IdentityId"]
    token = identity.get_open_id_token(IdentityId=found, Logins=login)["Token"]
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    assert issuer == f"http://localhost:{server.port}/cognito-identity"
    document = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()
    assert document["issuer"] == issuer
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token)
    told = jwt.decode(token, key, algorithms=["RS512"], audience=IDENTITY_POOL, issuer=issuer)
    assert told["sub"] == found
    assert told["amr"][:2] == ["authenticated", PROVIDER]
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, key, algorithms=["RS512"], audience=DEMO_CLIENT, issuer=issuer)


def test_with_awss_issuer_the_token_is_awss_and_verifies(tmp_path):
    with Server("--ephemeral", "--demo", "--issuer", "aws") as server:
        identity = client("cognito-identity", server.url)
        found = identity.get_id(IdentityPoolId=IDENTITY_POOL)["IdentityId"]
        token = identity.get_open_id_token(IdentityId=found)["Token"]
        # As for somebody whose hosts file leads AWS's name here.
        name = {"Host": "cognito-identity.amazonaws.com"}
        at = f"{server.url}/.well-known"
        document = requests.get(f"{at}/openid-configuration", headers=name, timeout=5).json()
        issuer = "https://cognito-identity.amazonaws.com"
        assert document["issuer"] == issuer
        assert document["jwks_uri"] == f"{issuer}/.well-known/jwks_uri"
        key = jwt.PyJWKClient(f"{at}/jwks_uri", headers=name).get_signing_key_from_jwt(token)
        told = jwt.decode(token, key, algorithms=["RS512"], audience=IDENTITY_POOL, issuer=issuer)
        assert told["sub"] == found


def test_the_credentials_reach_motos_s3_under_the_identitys_prefix(server, moto):
    identity, credentials = enhanced(server, logins(server, "alice"))
    s3 = client("s3", moto.url, credentials)
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key=f"private/{identity}/note.txt", Body=b"mine")
    listed = s3.list_objects_v2(Bucket="shelf", Prefix=f"private/{identity}/")
    assert [one["Key"] for one in listed["Contents"]] == [f"private/{identity}/note.txt"]


def test_motos_sts_makes_the_credentials_if_it_is_told_so(moto):
    with Server("--ephemeral", "--demo", "--credentials-from", moto.url) as server:
        identity, credentials = enhanced(server, logins(server, "alice"))
        # moto knows whom it has made them for, and so do we.
        known = client("sts", moto.url, credentials).get_caller_identity()["Arn"]
        assert known == SESSION.format("demo-user", "CognitoIdentityCredentials")
        assert caller(server, credentials)["Arn"] == known
        s3 = client("s3", moto.url, credentials)
        s3.create_bucket(Bucket="another")
        s3.put_object(Bucket="another", Key=f"private/{identity}/note.txt", Body=b"mine")


def test_an_sts_that_is_down_is_a_role_that_cannot_be_assumed():
    with Server("--ephemeral", "--demo", "--credentials-from", "http://127.0.0.1:9") as server:
        with pytest.raises(ClientError, match="InvalidIdentityPoolConfigurationException"):
            enhanced(server, {})
        assert "the STS of --credentials-from: it cannot be reached" in server.stderr()
