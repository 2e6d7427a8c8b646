"""Authlib, unmodified, against the OAuth endpoints; and TLS as `requests` and `ssl` see it."""

import html
import re
import secrets
import ssl
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from support import DEMO_POOL, MACHINE_CLIENT, PASSWORD, WEB_CLIENT, Server

MACHINE_SECRET = "machinesecret00000000000000000000000000000000000000"
CALLBACK = "http://localhost:3000/callback"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server("--demo", "--data", tmp_path_factory.mktemp("oauth") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def metadata(server):
    return server.discovery(DEMO_POOL)


def sign_in(url, username, password):
    """A browser without scripts: from the authorization request to the address at the app."""
    with requests.Session() as browser:
        page = browser.get(url)
        assert page.status_code == 200, page.text
        action, form = re.search(
            r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.S
        ).groups()
        fields = {"username": username, "password": password}
        for field in re.findall(r'<input[^>]*type="hidden"[^>]*>', form):
            name = re.search(r'name="([^"]*)"', field).group(1)
            value = re.search(r'value="([^"]*)"', field)
            fields[name] = html.unescape(value.group(1)) if value else ""
        answer = browser.post(
            urljoin(page.url, html.unescape(action)), data=fields, allow_redirects=False
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


def test_a_user_signs_in_through_the_pages(metadata):
    verifier = generate_token(48)
    session = OAuth2Session(
        WEB_CLIENT,
        scope="openid email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method="none",
    )
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=secrets.token_urlsafe()
    )
    assert create_s256_code_challenge(verifier) in url
    back = sign_in(url, "alice", PASSWORD)
    assert parse_qs(urlsplit(back).query)["state"] == [state]
    token = session.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
    assert token["token_type"] == "Bearer" and token["id_token"]

    user = session.get(metadata["userinfo_endpoint"]).json()
    assert user["email"] == "alice@example.com" and user["email_verified"] == "true"

    refreshed = session.refresh_token(metadata["token_endpoint"])
    assert refreshed["access_token"] != token["access_token"]
    revoked = session.revoke_token(
        metadata["revocation_endpoint"],
        token=token["refresh_token"],
        token_type_hint="refresh_token",
    )
    assert revoked.status_code == 200
    assert session.get(metadata["userinfo_endpoint"]).status_code == 401


def test_a_machine_gets_a_token(metadata):
    for method in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session(MACHINE_CLIENT, MACHINE_SECRET, token_endpoint_auth_method=method)
        token = session.fetch_token(
            metadata["token_endpoint"],
            grant_type="client_credentials",
            scope="https://api.example.com/write",
        )
        assert token["expires_in"] == 3600


def test_requests_trusts_the_authority_and_nobody_trusts_without(server):
    secure = server.url.replace("http://", "https://").replace("127.0.0.1", "localhost")
    authority = f"{server.command[server.command.index('--data') + 1]}/ca.pem"
    health = f"{secure}/_mocknito/health"
    # What REQUESTS_CA_BUNDLE says.
    assert requests.get(health, verify=authority).json()["status"] == "ok"
    by_address = health.replace("localhost", "127.0.0.1")
    assert requests.get(by_address, verify=authority).json()["status"] == "ok"
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(health)
    served = requests.get(f"{server.url}/_mocknito/ca.pem").text
    assert (
        open(authority).read() == served and served.count("BEGIN") == 1 and "PRIVATE" not in served
    )
    # What SSL_CERT_FILE says.
    context = ssl.create_default_context(cafile=authority)
    assert context.cert_store_stats()["x509_ca"] == 1
