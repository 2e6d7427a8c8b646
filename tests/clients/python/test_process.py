"""The process: how it starts, what it keeps when it is killed, how it ends, and how it says that it
cannot start."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError
from support import (
    BINARY,
    DEMO_CLIENT,
    DEMO_POOL,
    MACHINE_CLIENT,
    PASSWORD,
    WEB_CLIENT,
    Server,
    claims,
    clean_environment,
    free_port,
)
from test_oauth import MACHINE_SECRET


def run(*arguments, env=None, timeout=20):
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=clean_environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        check=False,
    )


# ---- starting ----


def fails_to_start(*flags, about, env=None):
    """One clear line on stderr and a non-zero exit: no backtrace, no wall of text."""
    ended = run("serve", *flags, env=env)
    assert ended.returncode not in (0, 101), ended
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    for word in about:
        assert str(word) in lines[0], lines[0]


def test_a_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        fails_to_start("--ephemeral", "--port", port, about=[port])


def test_a_data_folder_that_cannot_be_written(tmp_path):
    # A file in the folder's place: that stops even root.
    blocked = tmp_path / "data"
    blocked.write_text("not a folder")
    fails_to_start("--data", blocked, "--port", free_port(), about=[blocked])


def test_a_store_of_a_newer_version(tmp_path):
    data = tmp_path / "data"
    with Server("--data", data):
        pass
    (database,) = data.glob("*.db")
    with sqlite3.connect(database) as store:
        columns = "description, installed_on, success, checksum, execution_time"
        store.execute(
            f"INSERT INTO _sqlx_migrations (version, {columns})"
            f" SELECT 9999, {columns} FROM _sqlx_migrations LIMIT 1"
        )
    store.close()
    fails_to_start("--data", data, "--port", free_port(), about=["newer", data])


@pytest.mark.parametrize(
    ("name", "content", "about"),
    [
        ("broken.yaml", "pools: [", ["broken.yaml"]),
        ("broken.json", "{", ["broken.json"]),
        ("unknown.yaml", "nonsense: true\n", ["unknown.yaml", "nonsense"]),
    ],
)
def test_a_broken_fixture(tmp_path, name, content, about):
    fixture = tmp_path / name
    fixture.write_text(content)
    fails_to_start("--ephemeral", "--fixtures", fixture, "--port", free_port(), about=about)


def test_a_missing_fixture(tmp_path):
    missing = tmp_path / "missing.yaml"
    fails_to_start("--ephemeral", "--fixtures", missing, "--port", free_port(), about=[missing])


def test_an_unknown_flag_and_a_bad_value():
    for wrong in (["--nonsense"], ["--port", "many"], ["--issuer", "nobody"]):
        ended = run("serve", *wrong)
        assert ended.returncode == 2
        assert wrong[0] in ended.stderr


def test_help_is_there_for_every_verb():
    for verb in ([], ["serve"], ["healthcheck"], ["token"]):
        shown = run(*verb, "--help")
        assert shown.returncode == 0
        assert "Usage:" in shown.stdout
    for flag in ("--port", "--data", "--ephemeral", "--fixtures", "--demo", "--seed", "--issuer"):
        assert flag in run("serve", "--help").stdout


def test_every_flag_is_a_variable_too(tmp_path):
    port = free_port()
    settings = {
        "MOCKNITO_PORT": str(port),
        "MOCKNITO_EPHEMERAL": "true",
        "MOCKNITO_DEMO": "true",
        "MOCKNITO_REGION": "eu-west-1",
        "MOCKNITO_ACCOUNT_ID": "210987654321",
        "MOCKNITO_PUBLIC_URL": "http://cognito.test",
    }
    with Server(port=port, env=settings) as server:
        assert server.discovery(DEMO_POOL)["issuer"] == f"http://cognito.test/{DEMO_POOL}"
        made = server.raw("CreateUserPool", {"PoolName": "unsigned"}).json()["UserPool"]
        assert made["Arn"].startswith(
            "arn:aws:cognito-idp:eu-west-1:210987654321:userpool/eu-west-1_"
        )


def test_healthcheck_says_whether_the_server_answers():
    with Server("--ephemeral") as server:
        assert run("healthcheck", "--port", server.port).returncode == 0
        # As in a container: the server listens everywhere, the check asks itself.
        everywhere = {"MOCKNITO_HOST": "0.0.0.0", "MOCKNITO_PORT": str(server.port)}
        assert run("healthcheck", env=everywhere).returncode == 0
    ended = run("healthcheck", "--port", server.port)
    assert ended.returncode != 0


def test_the_same_seed_gives_the_same_ids():
    def ids():
        with Server("--ephemeral", "--seed", "7") as server:
            return [
                server.raw("CreateUserPool", {"PoolName": n}).json()["UserPool"]["Id"] for n in "ab"
            ]

    assert ids() == ids()


def test_what_is_stored_is_there_after_a_restart(tmp_path):
    data, port = tmp_path / "data", free_port()
    with Server("--data", data, "--demo", port=port) as server:
        keys = server.jwks(DEMO_POOL)
        tokens = server.client().initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
    # The demo again: loading it twice changes nothing.
    with Server("--data", data, "--demo", port=port) as server:
        assert server.jwks(DEMO_POOL) == keys
        idp = server.client()
        user = idp.get_user(AccessToken=tokens["AccessToken"])
        sub = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
        assert sub == claims(tokens["AccessToken"])["sub"]
        assert len(idp.list_users(UserPoolId=DEMO_POOL)["Users"]) == 3
        assert idp.initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )


def test_what_was_answered_before_a_restart_is_not_answered_again(tmp_path):
    flags = ["--demo", "--data", tmp_path / "data"]
    with Server(*flags) as server:
        challenge = server.client().initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "carol", "PASSWORD": "Temp0rary!"},
        )
        answer = {
            "ClientId": DEMO_CLIENT,
            "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": "carol", "NEW_PASSWORD": "An0ther!pass"},
        }
        assert (
            "AccessToken"
            in server.client().respond_to_auth_challenge(**answer)["AuthenticationResult"]
        )
    with Server(*flags) as again, pytest.raises(ClientError) as refused:
        again.client().respond_to_auth_challenge(**answer)
    assert "session can only be used once" in str(refused.value)


def test_the_token_verb_prints_a_token_for_a_user():
    with Server("--ephemeral", "--demo") as server:
        who = ["--port", server.port, "--client-id", DEMO_CLIENT, "--username"]
        ended = run("token", *who, "alice")
        assert ended.returncode == 0, ended.stderr
        answer = server.raw("GetUser", {"AccessToken": ended.stdout.strip()})
        assert answer.json()["Username"] == "alice"
        ended = run("token", *who, "nobody")
        assert ended.returncode != 0
        assert len(ended.stderr.strip().splitlines()) == 1
        assert ended.stdout == ""


def test_the_token_verb_says_what_a_test_wants_to_have_said():
    with Server("--ephemeral", "--demo") as server:

        def token(*flags):
            ended = run("token", "--port", server.port, *flags)
            assert ended.returncode == 0, ended.stderr
            return ended.stdout.strip()

        alice = ["--client-id", DEMO_CLIENT, "--username", "alice"]
        header = token(*alice, "--header")
        assert header.startswith("Authorization: Bearer ey")
        said = claims(token(*alice, "--claim", "plan=gold", "--claim", "level=3"))
        assert (said["plan"], said["level"]) == ("gold", 3)
        assert "email" not in claims(token(*alice, "--id", "--claim", "email=null"))
        said = claims(token(*alice, "--expires-in=-1h"))
        assert said["exp"] - said["iat"] == 3600
        answer = server.raw("GetUser", {"AccessToken": token(*alice, "--defect", "audience")})
        assert answer.json()["__type"] == "NotAuthorizedException"
        both = json.loads(token(*alice, "--json", "--claim", "plan=gold"))
        assert claims(both["IdToken"])["plan"] == claims(both["AccessToken"])["plan"] == "gold"
        machine = ["--client-id", MACHINE_CLIENT]
        scope = "https://api.example.com/read"
        assert claims(token(*machine, "--scope", scope))["scope"] == scope
        for wrong in (
            [*machine, "--username", "alice", "--scope", "openid"],
            ["--client-id", DEMO_CLIENT],
            [*alice, "--claim", "plan"],
            [*alice, "--defect", "ugly"],
        ):
            ended = run("token", "--port", server.port, *wrong)
            assert (ended.returncode, ended.stdout) == (1, ""), wrong
            assert len(ended.stderr.strip().splitlines()) == 1


# ---- the log ----


def test_the_log_has_a_line_for_each_request_and_no_secrets():
    with Server("--ephemeral", "--demo") as server:
        tokens = server.client().initiate_auth(
            ClientId=DEMO_CLIENT,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        server.raw("GetUser", {"AccessToken": tokens["IdToken"]})
        server.raw("ChangePassword", {"AccessToken": tokens["AccessToken"],
                                      "PreviousPassword": "Wr0ng-Secret",
                                      "ProposedPassword": "Very-Secret-1"})
    log = server.stderr() + server.stdout().partition("aws ")[0]
    for operation in ("InitiateAuth", "GetUser", "ChangePassword"):
        assert log.count(operation) == 1, log
    for secret in (PASSWORD, "Wr0ng-Secret", "Very-Secret-1", *tokens.values()):
        assert str(secret) not in log or secret in (3600, "Bearer")


# ---- ending ----


def test_the_log_says_why_a_token_request_is_refused():
    with Server("--ephemeral", "--demo") as server:
        good = {
            "grant_type": "client_credentials",
            "client_id": MACHINE_CLIENT,
            "client_secret": MACHINE_SECRET,
        }
        url = f"{server.url}/oauth2/token"

        def refused(why, headers=None, client=MACHINE_CLIENT, pool=DEMO_POOL, **changes):
            form = {name: value for name, value in {**good, **changes}.items() if value}
            answer = requests.post(url, form, headers=headers, timeout=5)
            assert answer.status_code == 400, answer.text
            line = [line for line in server.stderr().splitlines() if "TokenEndpoint" in line][-1]
            assert why in line and f'pool="{pool}"' in line, line
            assert ('client="' in line) == bool(client), line
            assert not client or f'client="{client}"' in line, line

        # As an interceptor does it that adds the user's token to every request.
        refused("the Authorization header is not Basic", headers={"Authorization": "Bearer x.y.z"})
        refused("the client's secret is wrong", client_secret=MACHINE_SECRET[:-1] + "1")
        refused("the client has a secret, which is missing", client_secret=None)
        refused("nobody knows this grant_type", grant_type="password")
        refused("none of the scopes is the client's", scope="api/nothing")
        refused("there is no such client", client_id="nobody", client="nobody", pool="-")
        # Id and secret in each other's place.
        refused("there is no such client", client_id=MACHINE_SECRET, client=None, pool="-")
        refused("the parameter grant_type is missing", grant_type=None, client=None, pool="-")
        code = {"grant_type": "authorization_code", "client_id": WEB_CLIENT, "client_secret": None}
        redirect = {"code": "x", "redirect_uri": "http://localhost:3000/callback"}
        refused("nobody knows the code", client=WEB_CLIENT, **code, **redirect)
        assert MACHINE_SECRET[:-1] not in server.printed()


def test_it_ends_with_its_parent():
    """Whoever starts it with a pipe for its standard input, and ends in whatever way."""
    command = [BINARY, "serve", "--ephemeral", "--port", "0", "--exit-with-parent"]
    script = f"import subprocess as s, time; s.Popen({command!r}, stdin=s.PIPE); time.sleep(60)"
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
    )
    for line in parent.stdout:
        if "Endpoint" in line:
            break
    url = line.split()[-1]
    assert requests.get(f"{url}/_mocknito/health", timeout=5).ok
    parent.kill()
    # All who hold the output have ended.
    assert "stopped" in parent.stdout.read()
    parent.wait(10)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_mocknito/health", timeout=5)


def test_sigterm_finishes_what_is_under_way():
    with Server("--ephemeral", "--demo") as server:
        body = b'{"UserPoolId":"%s"}' % DEMO_POOL.encode()
        head = (
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
            "X-Amz-Target: AWSCognitoIdentityProviderService.DescribeUserPool\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(head + body[:5])
            time.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            assert server.process.poll() is None, "it did not wait for the request under way"
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
            connection.sendall(body[5:])
            answer = b""
            while part := connection.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        assert server.process.wait(10) == 0


def test_an_idle_connection_does_not_hold_the_end_up():
    with Server("--ephemeral") as server:
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=5),
            requests.Session() as kept,
        ):
            kept.get(f"{server.url}/_mocknito/health", timeout=5)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_ending_is_quiet(name):
    server = Server("--ephemeral")
    with server:
        server.process.send_signal(getattr(signal, name))
        assert server.process.wait(10) == 0
    assert "panicked" not in server.printed()


# ---- SIGKILL in the middle of a thousand writes ----


class Writer(threading.Thread):
    """Writes one after the other, in turn a new value for a user of its own and a new user, until
    the server is gone."""

    def __init__(self, number, idp, pool, writes, acknowledgements):
        super().__init__()
        self.number, self.idp, self.pool, self.writes = number, idp, pool, writes
        self.acknowledgements = acknowledgements
        self.own = f"own-{number}"
        self.value = None  # the last one acknowledged for its own user
        self.created = set()  # the new users acknowledged
        self.under_way = None  # the write that may or may not have been carried out
        self.failure = None

    def run(self):
        for n in range(self.writes):
            value = f"value-{self.number}-{n}"
            name = f"new-{self.number}-{n}" if n % 2 else self.own
            self.under_way = (name, value)
            try:
                self.write(name, value)
            except ClientError as refused:
                self.failure = refused
                return
            except BotoCoreError:
                return  # the connection died with the server
            self.under_way = None
            if name == self.own:
                self.value = value
            else:
                self.created.add(name)
            self.acknowledgements.release()

    def write(self, name, value):
        arguments = {
            "UserPoolId": self.pool,
            "Username": name,
            "UserAttributes": [
                {"Name": "given_name", "Value": value},
                {"Name": "family_name", "Value": value},
            ],
        }
        if name == self.own:
            self.idp.admin_update_user_attributes(**arguments)
        else:
            self.idp.admin_create_user(**arguments, MessageAction="SUPPRESS")


def test_killed_among_a_thousand_writes_the_store_holds_what_was_acknowledged(tmp_path):
    data, writers, writes_each = tmp_path / "data", 20, 50
    kill_after = random.Random().randint(300, 700)
    server = Server("--data", data).start()
    idp = server.client(max_pool_connections=writers)
    pool = idp.create_user_pool(PoolName="crash")["UserPool"]["Id"]
    acknowledgements = threading.Semaphore(0)
    threads = [Writer(n, idp, pool, writes_each, acknowledgements) for n in range(writers)]
    for thread in threads:
        idp.admin_create_user(UserPoolId=pool, Username=thread.own, MessageAction="SUPPRESS")

    for thread in threads:
        thread.start()
    for _ in range(kill_after):
        assert acknowledgements.acquire(timeout=30), "the writers have stopped"
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    for thread in threads:
        thread.join()
    assert [thread.failure for thread in threads] == [None] * writers
    assert any(thread.under_way for thread in threads), "the kill came too late to prove anything"

    with Server("--data", data) as again:
        pages = again.client().get_paginator("list_users").paginate(UserPoolId=pool)
        users = [user for page in pages for user in page["Users"]]
    with sqlite3.connect(next(data.glob("*.db"))) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    stored = {}
    for user in users:
        attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
        # A write is there whole or not at all.
        assert attributes.get("given_name") == attributes.get("family_name"), user
        stored[user["Username"]] = attributes.get("given_name")

    allowed = set()
    for thread in threads:
        name, value = thread.under_way or (None, None)
        assert stored[thread.own] in {thread.value} | ({value} if name == thread.own else set())
        assert thread.created <= set(stored)
        allowed |= {thread.own, name} | thread.created
    assert set(stored) <= allowed
