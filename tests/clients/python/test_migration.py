"""docs/migration.md, as far as it is about calls: what people of LocalStack and moto have in their
settings, and a server behind a mapped port."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import jwt
import pytest
import requests
from moto import mock_aws
from support import DEMO_CLIENT, DEMO_POOL, PASSWORD, WEB_CLIENT, Server, clean_environment
from test_oauth import sign_in as sign_in_at_pages

DOCUMENT = f"{DEMO_POOL}/.well-known/openid-configuration"


@contextlib.contextmanager
def mapped(port):
    """Another port of this machine that leads there, as a container engine's does."""

    def copy(source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                outer, _ = listener.accept()
                inner = socket.create_connection(("127.0.0.1", port))
                for pair in [(outer, inner), (inner, outer)]:
                    threading.Thread(target=copy, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


def sign_in(url):
    idp = boto3.client(
        "cognito-idp",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    answer = idp.initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    return idp, answer["AuthenticationResult"]


def verify(token, issuer):
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()
    assert metadata["issuer"] == issuer
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["RS256"], issuer=issuer)


def test_behind_a_mapped_port_tokens_name_it():
    flags = ["--ephemeral", "--demo", "--public-url", "auto"]
    with Server(*flags) as server, mapped(server.port) as port:
        outer = f"http://localhost:{port}"
        _, tokens = sign_in(outer)
        claims = verify(tokens["AccessToken"], f"{outer}/{DEMO_POOL}")
        assert claims["username"] == "alice"
        # A neighbour of the server calls it otherwise, and takes the same token.
        inner, own = sign_in(f"http://localhost:{server.port}")
        assert inner.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
        verify(own["AccessToken"], f"http://localhost:{server.port}/{DEMO_POOL}")
        with pytest.raises(jwt.InvalidIssuerError):
            verify_by = f"http://localhost:{server.port}/{DEMO_POOL}"
            verify(tokens["AccessToken"], verify_by)


def test_the_pages_behind_a_mapped_port_end_in_tokens_that_name_it():
    flags = ["--ephemeral", "--demo", "--public-url", "auto"]
    with Server(*flags) as server, mapped(server.port) as port:
        outer = f"http://localhost:{port}"
        query = {
            "response_type": "code",
            "client_id": WEB_CLIENT,
            "redirect_uri": "http://localhost:3000/callback",
        }
        # As LocalStack has it, and as AWS has it.
        for base in [f"{outer}/_aws/cognito-idp", outer]:
            url = f"{base}/oauth2/authorize?{urlencode(query)}"
            back = sign_in_at_pages(url, "alice", PASSWORD)
            form = {
                "grant_type": "authorization_code",
                "client_id": WEB_CLIENT,
                "redirect_uri": query["redirect_uri"],
                "code": parse_qs(urlsplit(back).query)["code"][0],
            }
            answer = requests.post(f"{base}/oauth2/token", data=form, timeout=5)
            verify(answer.json()["access_token"], f"{outer}/{DEMO_POOL}")


def test_a_host_of_somebody_else_is_in_no_document():
    with Server("--ephemeral", "--demo", "--public-url", "auto") as server:
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        answer = requests.get(f"{server.url}/{DOCUMENT}", headers=headers, timeout=5)
        assert "evil" not in answer.text
        assert answer.json()["issuer"] == f"http://localhost:{server.port}/{DEMO_POOL}"


def test_each_service_has_an_endpoint_of_its_own_beside_localstack(server):
    environment = clean_environment(
        AWS_ENDPOINT_URL="http://localhost:1",
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=server.url,
        AWS_ENDPOINT_URL_COGNITO_IDENTITY=server.url,
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="any",
        AWS_SECRET_ACCESS_KEY="any",
    )
    script = (
        "import boto3; print(boto3.client('cognito-idp').list_user_pools(MaxResults=1)['UserPools']"
        " and boto3.client('cognito-identity').list_identity_pools(MaxResults=1)['IdentityPools'])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert "IdentityPoolId" in printed.stdout


def test_ids_of_ones_own_are_given_as_at_localstack(server):
    idp = server.client()
    tags = {"_custom_id_": "us-east-1_Mine00001"}
    pool = idp.create_user_pool(PoolName="mine", UserPoolTags=tags)["UserPool"]["Id"]
    assert pool == "us-east-1_Mine00001"
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="_custom_id_:myclient")
    assert client["UserPoolClient"]["ClientId"] == "myclient"


def test_localstacks_paths_lead_to_the_pages_and_the_token_endpoint(server):
    base = f"{server.url}/_aws/cognito-idp"
    query = {
        "response_type": "code",
        "client_id": WEB_CLIENT,
        "redirect_uri": "http://localhost:3000/callback",
    }
    page = requests.get(f"{base}/login", params=query, timeout=5)
    assert page.status_code == 200 and "sign-in-form" in page.text
    form = {
        "grant_type": "authorization_code",
        "client_id": WEB_CLIENT,
        "redirect_uri": query["redirect_uri"],
        "code": "x",
    }
    answer = requests.post(f"{base}/oauth2/token", data=form, timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
    for path in [f"{DEMO_POOL}/.well-known/jwks.json", ".well-known/jwks_uri"]:
        answers = [requests.get(f"{at}/{path}", timeout=5).json() for at in (base, server.url)]
        assert answers[0] == answers[1]


def test_localstacks_name_takes_a_flag():
    headers = {"Host": "cognito-idp.localhost.localstack.cloud:4566"}
    for flags, status in [([], 403), (["--allow-host", "*.localstack.cloud"], 200)]:
        with Server("--ephemeral", "--demo", *flags) as server:
            answer = requests.get(f"{server.url}/_mocknito/pools", headers=headers, timeout=5)
            assert answer.status_code == status


def test_moto_lets_the_server_be_asked_and_answers_for_the_rest(server):
    passed = {"urls": [f"{server.url}/.*"]}

    @mock_aws(config={"core": {"mock_credentials": True, "passthrough": passed}})
    def both():
        idp = boto3.client("cognito-idp", region_name="us-east-1", endpoint_url=server.url)
        name = idp.describe_user_pool(UserPoolId=DEMO_POOL)["UserPool"]["Name"]
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="bucket")
        return name, len(s3.list_buckets()["Buckets"])

    kept = os.environ.get("AWS_ACCESS_KEY_ID")
    assert both() == ("demo", 1)
    assert os.environ.get("AWS_ACCESS_KEY_ID") == kept
