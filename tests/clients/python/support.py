"""The real binary as a test sees it: started, asked over HTTP, stopped. Nothing here knows how
Mocknito works inside."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

import boto3
import pytest
import requests
from botocore.config import Config

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BINARY = os.environ.get("MOCKNITO_BIN") or str(REPOSITORY / "target/debug/mocknito")

DEMO_POOL = "us-east-1_Mocknito1"
DEMO_CLIENT = "democlient0000000000000000"
WEB_CLIENT = "webclient00000000000000000"
MACHINE_CLIENT = "machineclient0000000000000"
PASSWORD = "Passw0rd!"

START_LIMIT = 20.0


def must_run(there, how):
    """In CI all must run; elsewhere what cannot says so and is left out."""
    if not there:
        assert not os.environ.get("CI"), f"not there: {how}"
        pytest.skip(f"not there: {how}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**more):
    """The caller's environment without its AWS and MOCKNITO_ settings: no real account can be
    reached by mistake."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOCKNITO_"))}
    kept.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_PAGER="")
    kept.update(more)
    return kept


class Server:
    """One `mocknito serve`. Use it as a context manager; it stops with the test."""

    def __init__(self, *flags, port=None, env=None, command=None):
        # Without a port the system chooses one: what `free_port` finds may be somebody else's by
        # the time it is used.
        self.port = port
        self.command = [*(command or [BINARY]), "serve", "--port", str(port or 0), *map(str, flags)]
        self.env = clean_environment(**(env or {}))
        self.log = tempfile.TemporaryFile(mode="w+")
        self.out = tempfile.TemporaryFile(mode="w+")
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.log, env=self.env
        )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the server ended with {self.process.returncode}:\n{self.printed()}"
                )
            if self.answers():
                return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"no answer within {START_LIMIT} s:\n{self.printed()}")

    def answers(self):
        if not self.port:
            # Where the public address is https, the demo's command line still names the port.
            printed = re.search(r"(?:Endpoint +|--endpoint-url )http://\S+:(\d+)\s", self.stdout())
            if not printed:
                return False
            self.port = int(printed[1])
        try:
            return requests.get(f"{self.url}/_mocknito/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        """Asks it to end, as a container engine does, and waits."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"SIGTERM did not end it:\n{self.printed()}") from None
        return self.process.returncode if self.process else None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stdout(self):
        self.out.seek(0)
        return self.out.read()

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def printed(self):
        return self.stdout() + self.stderr()

    def client(self, region="us-east-1", service="cognito-idp", **config):
        """boto3's client, unmodified but for the endpoint. It tries once, unless told `retries`."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}),
        )

    def raw(self, operation, body, **headers):
        """One call without an SDK, for what an SDK would refuse to send. `body` is a document, or
        the bytes themselves."""
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        sent = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return requests.post(self.url + "/", data=data, headers=sent, timeout=30)

    def advance_clock(self, by):
        answer = requests.post(f"{self.url}/_mocknito/clock", json={"advance": by}, timeout=5)
        assert answer.ok, answer.text

    def discovery(self, pool):
        answer = requests.get(f"{self.url}/{pool}/.well-known/openid-configuration", timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    def jwks(self, pool):
        answer = requests.get(f"{self.url}/{pool}/.well-known/jwks.json", timeout=5)
        assert answer.ok, answer.text
        return answer.json()


def secret_hash(secret, username, client_id):
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(token):
    """What a token says, unverified."""
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def header(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))


def refusal(answer):
    """The code and the message of a raw refusal, after checking what every refusal has."""
    assert answer.status_code == 400, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) == 36
    body = answer.json()
    assert answer.headers["x-amzn-errortype"].split(":")[0] == body["__type"]
    return body["__type"], body.get("message", "")


class Pool:
    """A pool of a test's own with one public client, made through boto3."""

    ALL_FLOWS = [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ]

    def __init__(self, server, name="test", **settings):
        self.server = server
        self.idp = server.client()
        self.id = self.idp.create_user_pool(PoolName=name, **settings)["UserPool"]["Id"]
        self.client = self.add_client()["ClientId"]

    def add_client(self, name="app", **settings):
        settings.setdefault("ExplicitAuthFlows", self.ALL_FLOWS)
        answer = self.idp.create_user_pool_client(UserPoolId=self.id, ClientName=name, **settings)
        return answer["UserPoolClient"]

    def add_user(self, name, password=PASSWORD, **attributes):
        self.idp.admin_create_user(
            UserPoolId=self.id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": k, "Value": v} for k, v in attributes.items()],
        )
        self.idp.admin_set_user_password(
            UserPoolId=self.id, Username=name, Password=password, Permanent=True
        )
        return name

    def sign_in(self, name, password=PASSWORD, client=None, **parameters):
        return self.idp.initiate_auth(
            ClientId=client or self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password, **parameters},
        )

    def tokens(self, name, **how):
        return self.sign_in(name, **how)["AuthenticationResult"]
