"""A FastAPI app behind a REST API, an HTTP API and a load balancer, and handlers behind API Gateway
that are typed by @types/aws-lambda and by Powertools' models."""

import html
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import pytest
import requests
from support import PASSWORD, REPOSITORY, Server, clean_environment, claims, free_port, must_run
from test_functions import environment

CLIENTS = REPOSITORY / "tests/clients"
HERE = CLIENTS / "python"
APP_CLIENT = "shopclient0000000000000001"


def wait_for(port):
    """Returns as soon as somebody listens there."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


class Apis:
    """A server with the APIs of apis.yaml, and the app behind them."""

    def __init__(self):
        self.port, self.app_port = free_port(), free_port()
        self.origin = f"http://localhost:{self.port}"
        self.folder = tempfile.TemporaryDirectory()
        fixture = (CLIENTS / "apis.yaml").read_text()
        for word, value in [
            ("TARGET", f"http://127.0.0.1:{self.app_port}"),
            ("ORIGIN", self.origin),
            ("PORT", str(self.port)),
            ("HANDLERS", str(CLIENTS)),
        ]:
            fixture = fixture.replace(word, value)
        file = pathlib.Path(self.folder.name) / "apis.yaml"
        file.write_text(fixture)
        self.server = Server(
            "--ephemeral", "--fixtures", file, port=self.port, env=environment()
        )

    def __enter__(self):
        self.server.start()
        self.app = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "apps.shop:app"),
                *("--port", str(self.app_port), "--log-level", "warning"),
            ],
            cwd=HERE,
            env=clean_environment(KEYS=f"{self.server.url}/_mocknito/alb/keys"),
        )
        wait_for(self.app_port)
        self.tokens = self.server.client().initiate_auth(
            ClientId=APP_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return self

    def __exit__(self, *_):
        self.app.terminate()
        self.app.wait(10)
        self.server.stop()
        self.folder.cleanup()

    def call(self, path, token=None, method="GET", **more):
        headers = {**more.pop("headers", {}), **({"Authorization": token} if token else {})}
        url = f"{self.origin}/_mocknito/apis/{path}"
        return requests.request(
            method, url, headers=headers, timeout=20, allow_redirects=False, **more
        )


@pytest.fixture(scope="module")
def apis():
    with Apis() as running:
        # Until the app listens, a gateway has nobody to ask.
        for _ in range(200):
            if running.call("rest/prod/app/me", running.tokens["IdToken"]).ok:
                break
        yield running


@pytest.mark.parametrize("gateway", ["rest/prod", "http"])
def test_fastapi_behind_api_gateway(apis, gateway):
    token = apis.tokens["IdToken"]
    answer = apis.call(
        f"{gateway}/app/me?a=1&a=2",
        f"Bearer {token}",
        "POST",
        data=b"x" * 3_000_000,
        headers={"x-mocknito-sub": "forged"},
    )
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen["sub"] == claims(token)["sub"]
    assert sorted(seen["groups"]) == ["admins", "buyers"]
    assert seen["claims"]["email"] == "ada@example.com"
    assert (seen["method"], seen["query"], seen["size"]) == ("POST", "a=1&a=2", 3_000_000)

    for wrong in (None, "Bearer x", f"{token}x"):
        refused = apis.call(f"{gateway}/app/me", wrong)
        assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
        assert refused.headers["x-mocknito-reason"]


def sign_in(session, url):
    """From the app's address through the pool's page: the answer at the end."""
    page = session.get(url, timeout=20)
    action = html.unescape(re.search(r'<form[^>]*action="([^"]*)"', page.text)[1])
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    fields = {name: html.unescape(value) for name, value in hidden}
    fields.update(username="ada", password=PASSWORD)
    return session.post(requests.compat.urljoin(page.url, action), fields, timeout=20)


def test_fastapi_behind_a_load_balancer(apis):
    wanted = f"{apis.origin}/_mocknito/apis/alb/app/signed-in?x=1"
    session = requests.Session()
    answer = sign_in(session, wanted)
    assert (answer.status_code, answer.url) == (200, wanted), answer.text
    seen = answer.json()
    assert seen["claims"]["email"] == "ada@example.com"
    assert seen["claims"]["sub"] == seen["identity"]
    # The next request needs no page.
    again = session.get(wanted, timeout=20, allow_redirects=False)
    assert again.json()["identity"] == seen["identity"]
    stranger = apis.call("alb/app/signed-in", headers={"x-amzn-oidc-identity": "root"})
    assert stranger.status_code == 302


@pytest.mark.parametrize(("api", "path"), [("rest/prod", "/python/7"), ("http", "/python/7")])
def test_powertools_models_parse_both_payloads(apis, api, path):
    answer = apis.call(f"{api}{path}?q=1&q=2", apis.tokens["IdToken"])
    assert answer.status_code == 200, answer.text
    seen = answer.json()["seen"]
    assert (seen["method"], seen["parameters"]) == ("GET", {"id": "7"})
    assert seen["claims"]["email_verified"] == "true" or seen["claims"]["email_verified"] is True
    assert seen["claims"]["sub"] == claims(apis.tokens["IdToken"])["sub"]


def test_scopes_are_asked_for_and_handed_on(apis):
    assert apis.call("http/scoped", apis.tokens["AccessToken"]).status_code == 403


def compile_types(*files):
    node = CLIENTS / "node"
    must_run((node / "node_modules").exists(), "npm ci --prefix tests/clients/node")
    return subprocess.run(
        [
            *("node", "node_modules/typescript/bin/tsc", "--noEmit", "--strict"),
            *("--skipLibCheck", "--allowJs", "--checkJs", "--module", "nodenext", *files),
        ],
        cwd=node,
        capture_output=True,
        text=True,
        check=False,
    )


# What events have not, though the types say so: what is of API keys and of certificates, where
# none are asked for. Of the JWT authorizer the types have two members more, and no null for the
# scopes of a route that asks for none.
TYPES = {
    "rest/prod": """Omit<lambda.APIGatewayProxyEvent, "requestContext"> & {
        requestContext: Omit<lambda.APIGatewayProxyEvent["requestContext"], "identity"> & {
            identity: Omit<lambda.APIGatewayEventIdentity, "apiKey" | "apiKeyId" | "clientCert">;
        };
    }""",
    "http": """lambda.APIGatewayProxyEventV2 & {
        requestContext: {
            authorizer: {
                jwt: {
                    claims: lambda.APIGatewayEventRequestContextJWTAuthorizer["jwt"]["claims"];
                    scopes: string[] | null;
                };
            };
        };
    }""",
}


def test_a_typed_handler_and_its_events(apis):
    """The handler compiles as it is, and what it was called with is what its types say."""
    lines = ['import type * as lambda from "aws-lambda";']
    for number, (api, kind) in enumerate(TYPES.items()):
        answer = apis.call(f"{api}/node/7?q=1&q=2", apis.tokens["IdToken"])
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert (seen["method"], seen["id"], seen["verified"]) == ("GET", "7", "true")
        assert sorted(seen["groups"]) == ["admins", "buyers"]
        # In two steps, so that what a type does not name is no mistake.
        lines.append(f"const event{number} = {json.dumps(seen['event'])};")
        lines.append(f"export const typed{number}: {kind} = event{number};")
    file = CLIENTS / "node/captured_requests.ts"
    file.write_text("\n".join(lines))
    try:
        done = compile_types(file.name, "handlers/apis.mjs")
    finally:
        file.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
