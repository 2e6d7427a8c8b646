"""Lambda triggers: handlers of each kind, in Node and in Python, as files, behind URLs and behind
the Invoke API, driven by boto3."""

import contextlib
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
import requests
from botocore.exceptions import ClientError
from support import PASSWORD, REPOSITORY, Pool, Server, claims, clean_environment, free_port
from test_readme import block

HANDLERS = {
    "node": REPOSITORY / "tests/clients/node/handlers/all.mjs",
    "python": REPOSITORY / "tests/clients/python/handlers/all.py",
}
TRIGGERS = [
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
    "UserMigration",
    "CustomMessage",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "CustomEmailSender",
    "CustomSMSSender",
    "InboundFederation",
]
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SNS = "arn:aws:iam::123456789012:role/sms"


def arn(name):
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"


def environment(**more):
    """This virtual environment's python3 in front, so that handlers find what they import."""
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "KEY_ARN": KEY, **more}


class World:
    """A server whose functions are somewhere."""

    def __init__(self, server, sent):
        self.server, self.sent = server, sent

    def pool(self, *triggers, flows=(), **settings):
        """A pool with these triggers; `PreTokenGeneration:V2_0` names a version."""
        config = {}
        for trigger in triggers:
            name, _, version = trigger.partition(":")
            if name.startswith("Custom") and name.endswith("Sender"):
                config[name] = {"LambdaVersion": "V1_0", "LambdaArn": arn(name)}
                config["KMSKeyID"] = KEY
            elif name == "InboundFederation":
                config[name] = {"LambdaVersion": "V1_0", "LambdaArn": arn(name)}
            elif version:
                config[f"{name}Config"] = {"LambdaVersion": version, "LambdaArn": arn(name)}
            else:
                config[name] = arn(name)
        pool = Pool(self.server, LambdaConfig=config, **settings)
        pool.client = pool.add_client(
            ExplicitAuthFlows=[*Pool.ALL_FLOWS, "ALLOW_CUSTOM_AUTH", *flows]
        )["ClientId"]
        return pool

    def messages(self):
        """What the senders have sent."""
        if not self.sent.exists():
            return []
        return [json.loads(line) for line in self.sent.read_text().splitlines()]

    def journal(self, **query):
        answer = requests.get(f"{self.server.url}/_mocknito/requests", params=query, timeout=5)
        return answer.json()["requests"]


@contextlib.contextmanager
def emulator(language, url, sent):
    """The handlers behind HTTP, calling back at this server."""
    file = HANDLERS[language]
    program = {
        "node": ["node", file.parent / "serve.mjs"],
        "python": [sys.executable, file.parent / "serve.py"],
    }
    services = ("COGNITO_IDENTITY_PROVIDER", "KMS")
    variables = environment(
        SENT=str(sent),
        AWS_REGION="us-east-1",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        **{f"AWS_ENDPOINT_URL_{service}": url for service in services},
    )
    process = subprocess.Popen(
        [*program[language], file],
        env=clean_environment(**variables),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(
    scope="module",
    params=["node file", "python file", "node url", "python url", "node api", "python api"],
)
def world(request, tmp_path_factory):
    language, way = request.param.split()
    sent = tmp_path_factory.mktemp("sent") / "messages"
    with contextlib.ExitStack() as stack:
        flags = ["--ephemeral"]
        port = None
        if way == "file":
            flags += [f"--trigger={name}={HANDLERS[language]}#{name}" for name in TRIGGERS]
        else:
            # The functions must know the server and the server the functions: one of them has to be
            # told its port.
            port = request.getfixturevalue("unused_port")
            endpoint = stack.enter_context(emulator(language, f"http://127.0.0.1:{port}", sent))
            if way == "url":
                flags += [f"--trigger={name}={endpoint}/hooks/{name}" for name in TRIGGERS]
            else:
                flags += [f"--lambda-endpoint={endpoint}"]
        server = Server(*flags, port=port, env=environment(SENT=str(sent)))
        yield World(stack.enter_context(server), sent)


@pytest.fixture(scope="module")
def unused_port():
    return free_port()


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def attributes(user):
    found = user.get("UserAttributes") or user["User"]["Attributes"]
    return {one["Name"]: one["Value"] for one in found}


def sign_up(pool, name, email, **more):
    return pool.idp.sign_up(
        ClientId=pool.client,
        Username=name,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
        **more,
    )


def test_pre_sign_up_confirms_or_refuses_and_post_confirmation_calls_back(world):
    pool = world.pool("PreSignUp", "PostConfirmation", AutoVerifiedAttributes=["email"])
    trusted = [{"Name": "code", "Value": "letmein"}]
    done = sign_up(pool, "ann", "ann@example.com", ValidationData=trusted)
    assert done["UserConfirmed"]
    ann = pool.idp.admin_get_user(UserPoolId=pool.id, Username="ann")
    assert attributes(ann)["email_verified"] == "true"
    assert attributes(ann)["nickname"] == "welcomed by PostConfirmation_ConfirmSignUp"

    assert not sign_up(pool, "ben", "ben@example.com")["UserConfirmed"]
    why = refused(sign_up, pool=pool, name="eve", email="eve@banned.example")
    assert why[0] == "UserLambdaValidationException"
    assert "Not with this address" in why[1]
    assert (
        refused(pool.idp.admin_get_user, UserPoolId=pool.id, Username="eve")[0]
        == "UserNotFoundException"
    )

    entries = world.journal(user_pool_id=pool.id, trigger="PreSignUp")
    assert [entry["error"] and entry["error"]["message"] for entry in entries][0].startswith(
        "Not with this address"
    )
    assert entries[-1]["answer"]["response"]["autoConfirmUser"] is True


def test_authentication_triggers_let_in_or_not(world):
    pool = world.pool("PreAuthentication", "PostAuthentication")
    pool.add_user("ann")
    pool.add_user("bob", given_name="Blocked")
    assert pool.tokens("ann")["IdToken"]
    from_nowhere = dict(
        ClientId=pool.client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
        ClientMetadata={"from": "nowhere"},
    )
    why = refused(pool.idp.initiate_auth, **from_nowhere)
    assert why[0] == "UserLambdaValidationException" and "Not from there" in why[1]
    why = refused(pool.sign_in, name="bob")
    assert why[0] == "UserLambdaValidationException" and "Not today" in why[1]


@pytest.mark.parametrize("version", ["V1_0", "V2_0"])
def test_pre_token_generation_changes_claims(world, version):
    pool = world.pool(f"PreTokenGeneration:{version}")
    pool.add_user("ann", email="ann@example.com")
    tokens = pool.tokens("ann")
    id_token, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert id_token["tenant"] == "acme" and "email" not in id_token
    if version == "V2_0":
        assert access["roles"] == ["reader", "writer"]
        assert "api/read" in access["scope"].split()
        assert access["cognito:groups"] == ["added"]
    else:
        assert "roles" not in access


def test_a_user_migrates_at_the_first_sign_in(world):
    pool = world.pool("UserMigration")
    assert refused(pool.sign_in, name="old.timer")[0] in (
        "NotAuthorizedException",
        "UserNotFoundException",
    )
    assert pool.tokens("old.timer", password="Old-Passw0rd!")["IdToken"]
    user = pool.idp.admin_get_user(UserPoolId=pool.id, Username="old.timer")
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes(user)["email"] == "old-timer@example.com"
    shown = json.dumps(world.journal(user_pool_id=pool.id))
    assert "Old-Passw0rd!" not in shown and "(withheld)" in shown


def test_a_message_is_customised(world):
    pool = world.pool("CustomMessage", AutoVerifiedAttributes=["email"])
    sign_up(pool, "ann", "ann@example.com")
    query = {"user_pool_id": pool.id}
    inbox = requests.get(f"{world.server.url}/_mocknito/inbox", params=query, timeout=5).json()[
        "messages"
    ]
    assert inbox[0]["subject"] == "For CustomMessage_SignUp"
    assert inbox[0]["body"] == f"Dear ann: {inbox[0]['code']}"


def test_custom_challenges_are_answered_in_several_rounds(world):
    pool = world.pool("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    pool.add_user("ann")

    def start():
        return pool.idp.initiate_auth(
            ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "ann"}
        )

    def answer(challenge, text):
        return pool.idp.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "ann", "ANSWER": text},
        )

    first = start()
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"]["question"] == "What is 1 + 1?"
    assert "answer" not in first["ChallengeParameters"]
    second = answer(first, "3")
    assert second["ChallengeParameters"]["question"] == "What is 2 + 2?"
    assert answer(second, "4")["AuthenticationResult"]["IdToken"]

    third = answer(answer(start(), "3"), "3")
    assert refused(answer, challenge=third, text="3")[0] == "NotAuthorizedException"


def test_custom_senders_decrypt_what_they_send(world):
    pool = world.pool(
        "CustomEmailSender",
        "CustomSMSSender",
        AutoVerifiedAttributes=["email"],
        SmsConfiguration={"SnsCallerArn": SNS},
    )
    sign_up(pool, "ann", "ann@example.com")
    sent = [message for message in world.messages() if message["pool"] == pool.id]
    assert [message["source"] for message in sent] == ["CustomEmailSender_SignUp"]
    assert sent[0]["to"]["email"] == "ann@example.com"
    pool.idp.confirm_sign_up(ClientId=pool.client, Username="ann", ConfirmationCode=sent[0]["code"])

    # A temporary password comes with its marks escaped for HTML.
    pool.idp.admin_create_user(
        UserPoolId=pool.id,
        Username="ben",
        TemporaryPassword="Temp<0>rary",
        DesiredDeliveryMediums=["SMS"],
        UserAttributes=[{"Name": "phone_number", "Value": "+12065550100"}],
    )
    last = [message for message in world.messages() if message["pool"] == pool.id][-1]
    assert last["source"] == "CustomSMSSender_AdminCreateUser"
    assert last["code"] == "Temp&lt;0&gt;rary"


def test_what_a_provider_says_of_a_person_is_changed(world):
    pool = world.pool("InboundFederation", "PreSignUp")
    pool.idp.create_identity_provider(
        UserPoolId=pool.id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={
            "client_id": "g",
            "client_secret": "s",
            "authorize_scopes": "email profile openid",
        },
        AttributeMapping={"email": "email", "given_name": "given_name"},
    )
    callback = "https://app.example.com/callback"
    client = pool.add_client(
        "web",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[callback],
        SupportedIdentityProviders=["Google"],
    )["ClientId"]
    asked = {
        "client_id": client,
        "response_type": "code",
        "redirect_uri": callback,
        "scope": "openid email profile",
    }

    def come_in(email):
        """As a browser would, from the application to the provider and back; gives what the
        application is told."""
        browser, home = requests.Session(), world.server.url.replace("127.0.0.1", "localhost")
        page = browser.get(
            f"{home}/oauth2/authorize", params={**asked, "identity_provider": "Google"}, timeout=10
        )
        hidden = re.search(r'name="request" value="([^"]+)"', page.text)
        form = {"request": html.unescape(hidden[1]), "email": email, "name": "Ann Adams"}
        answer = browser.post(
            page.url, form, headers={"Origin": home}, allow_redirects=False, timeout=10
        )
        while (target := urllib.parse.urljoin(answer.url, answer.headers["location"])).startswith(
            home
        ):
            answer = browser.get(target, allow_redirects=False, timeout=10)
        assert target.startswith(f"{callback}?"), target
        return dict(urllib.parse.parse_qsl(target.partition("?")[2]))

    form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": callback}
    form["code"] = come_in("ann@example.com")["code"]
    tokens = requests.post(f"{world.server.url}/oauth2/token", form, timeout=10).json()
    person = claims(tokens["id_token"])
    assert person["given_name"] == "Mapped" and person["email"] == "ann@example.com"
    assert person["cognito:username"].startswith("Google_")

    assert "Not with this address" in come_in("eve@banned.example")["error_description"]


def test_the_readmes_functions_are_called(tmp_path):
    (tmp_path / "lambda").mkdir()
    for name, marked in [
        ("pools.yaml", "fixture"),
        ("lambda/claims.mjs", "node"),
        ("lambda/sign_up.py", "python"),
    ]:
        (tmp_path / name).write_text(block(f"functions-{marked}"))
    # Started elsewhere: the files lie beside the fixture.
    with Server("--ephemeral", "--fixtures", tmp_path / "pools.yaml", env=environment()) as server:
        idp, client = server.client(), "hooksweb000000000000000000"

        def sign_up(email):
            attributes = [{"Name": "email", "Value": email}]
            return idp.sign_up(
                ClientId=client, Username=email, Password=PASSWORD, UserAttributes=attributes
            )

        assert sign_up("ann@example.com")["UserConfirmed"]
        assert "This shop is for example.com" in refused(sign_up, email="ann@example.org")[1]
        tokens = idp.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        assert claims(tokens["AccessToken"])["tenant"] == "acme"
        config = idp.describe_user_pool(UserPoolId="us-east-1_Hooks0001")["UserPool"][
            "LambdaConfig"
        ]
        assert config["PreSignUp"] == arn("lambda-sign_up-py")


@pytest.mark.parametrize("language", HANDLERS)
def test_the_documented_senders_send(tmp_path, language):
    text = (REPOSITORY / "docs/triggers.md").read_text()
    name = {"node": "sender.mjs", "python": "sender.py"}[language]
    # Beside what it imports, since node looks there.
    file = HANDLERS[language].parent / f"documented-{name}"
    file.write_text(block(f"sender-{language}", text))
    fixture = tmp_path / "pools.yaml"
    fixture.write_text(block("sender-fixture", text).replace("./sender.mjs", str(file)))
    try:
        with Server("--ephemeral", "--fixtures", fixture, env=environment()) as server:
            server.client().sign_up(
                ClientId="senderweb00000000000000000",
                Username="ann",
                Password=PASSWORD,
                UserAttributes=[{"Name": "email", "Value": "ann@example.com"}],
            )
            line = until(
                lambda: re.search(r"To ann@example.com: your code is (\d{6})", server.stderr())
            )
            confirmed = server.raw(
                "ConfirmSignUp",
                {
                    "ClientId": "senderweb00000000000000000",
                    "Username": "ann",
                    "ConfirmationCode": line[1],
                },
            )
            assert confirmed.ok, confirmed.text
    finally:
        file.unlink()


def test_a_missing_file_or_runtime_stops_the_start(tmp_path):
    def said(*flags, **variables):
        server = Server("--ephemeral", *flags, env=variables)
        with pytest.raises(AssertionError) as failure:
            server.start()
        return str(failure.value)

    missing = tmp_path / "missing.mjs"
    assert f"the handler file {missing} is not there" in said("--trigger", f"hook={missing}")
    empty = tmp_path / "empty"
    empty.mkdir()
    for name, program in [("hook.mjs", "node"), ("hook.py", "python3")]:
        file = tmp_path / name
        file.write_text("")
        text = said("--trigger", f"hook={file}", PATH=str(empty))
        assert f"it needs {program}, which cannot be run" in text


# They print who they are, and that they are at work.
BUSY = {
    "hook.mjs": """
        console.log(`pid ${process.pid}`);
        export const handler = async () => { console.log("busy"); for (;;); };
    """,
    "hook.py": """
import os
print("pid", os.getpid())
def handler(event, context):
    print("busy")
    while True: pass
""",
}


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("way", ["term", "kill", "kill while busy"])
def test_workers_end_with_the_server(tmp_path, name, way):
    file = tmp_path / name
    file.write_text(BUSY[name])
    server = Server("--ephemeral", f"--trigger=hook={file}", env=environment()).start()
    try:
        pid = int(until(lambda: server.stderr().partition("pid ")[2].split("\n")[0]))
        assert alive(pid)
        if way == "kill while busy":
            pool = Pool(server, LambdaConfig={"PreSignUp": arn("hook")})
            body = {"ClientId": pool.client, "Username": "ann", "Password": PASSWORD}
            waiting = threading.Thread(target=gives_up, args=(server.raw, "SignUp", body))
            waiting.start()
            until(lambda: "busy" in server.stderr())
        if way == "term":
            server.stop()
        else:
            server.kill()
        until(lambda: not alive(pid))
    finally:
        server.kill()


def gives_up(call, *arguments):
    with contextlib.suppress(requests.RequestException):
        call(*arguments)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def until(question, limit=15):
    end = time.monotonic() + limit
    while not (answer := question()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return answer
