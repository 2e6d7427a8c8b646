"""README and the pages of docs/ do what they say: their blocks run as written, and so does the line
that the server prints to be copied. The book's own order is in `test_book.py`, the recipes are in
`test_recipes.py`."""

import html
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest
import requests
from support import BINARY, DEMO_CLIENT, DEMO_POOL, REPOSITORY, Server, claims, clean_environment

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
BOOK = "\n".join(page.read_text() for page in PAGES)
DEFAULT_PORT = 9339


def block(name, text=BOOK):
    """The fenced block that follows `<!-- test: name -->`, wherever it is."""
    found = re.findall(rf"<!-- test: {name} -->\s*```\w+\n(.*?)```", text, re.DOTALL)
    assert len(found) == 1, f"{len(found)} blocks are marked <!-- test: {name} -->"
    return found[0]


def python(script, folder):
    """Runs it as a reader would who has the packages."""
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def shell(script, folder):
    """Runs it as a reader would, with the AWS CLI of the virtual environment in front."""
    scripts = pathlib.Path(sys.executable).parent
    environment = clean_environment()
    environment["PATH"] = f"{scripts}:{environment['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def documents(text):
    """The JSON documents in an output, in order."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (start := text.find("{", at)) >= 0:
        try:
            document, at = decoder.raw_decode(text, start)
        except ValueError:
            at = start + 1
        else:
            found.append(document)
    return found


@pytest.fixture
def demo():
    """A demo server where the README says it is."""
    with Server("--ephemeral", "--demo", port=DEFAULT_PORT) as running:
        yield running


def test_the_cli_session_works_as_written(demo, tmp_path):
    done = shell(block("cli"), tmp_path)
    assert done.returncode == 0, done.stderr
    shown = documents(done.stdout)
    users = [document for document in shown if "UserAttributes" in document]
    assert users[0]["Username"] == "alice"
    assert any(len(document.get("keys", [])) == 2 for document in shown)


def test_an_administrator_makes_a_user_as_written(demo, tmp_path):
    done = shell(block("administer"), tmp_path)
    assert done.returncode == 0, done.stderr
    listed = next(shown["Users"] for shown in documents(done.stdout) if "Users" in shown)
    assert "dora" in {user["Username"] for user in listed}


def test_somebody_signs_up_as_written(demo, tmp_path):
    done = shell(block("sign-up"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert documents(done.stdout)[-1]["AuthenticationResult"]["AccessToken"]


def test_the_python_example_works_as_written(demo, tmp_path):
    done = python(block("python"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "alice" in done.stdout


def test_a_token_is_verified_as_written(demo, tmp_path):
    done = python(block("verify"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "alice ['admins', 'users']" in done.stdout


def test_the_session_with_an_identity_pool_works_as_written(demo, tmp_path):
    done = shell(block("identity-pool"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "assumed-role/demo-guest/CognitoIdentityCredentials" in done.stdout


def test_the_api_of_the_whole_picture_is_opened_by_a_token(tmp_path):
    fixture = REPOSITORY / "fixtures" / "shop-api.yaml"
    with Server("--ephemeral", "--fixtures", fixture, port=DEFAULT_PORT):
        done = shell(block("apis"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert documents(done.stdout)[0] == {"order": "7", "of": "ann", "groups": "buyers"}
    refusal = done.stdout.lower()
    assert "401 unauthorized" in refusal
    assert "x-mocknito-reason: the header authorization is missing" in refusal


@pytest.mark.parametrize("name", ["readme-fixture", "fixture"])
def test_the_fixture_example_loads(tmp_path, name):
    fixture = tmp_path / "pools.yaml"
    fixture.write_text(block(name))
    with Server("--ephemeral", "--fixtures", fixture) as server:
        pools = server.client().list_user_pools(MaxResults=60)["UserPools"]
        assert [pool["Id"] for pool in pools] == ["us-east-1_Shop00001"]
        answer = server.raw(
            "InitiateAuth",
            {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": "shopweb0000000000000000000",
                "AuthParameters": {"USERNAME": "ann", "PASSWORD": "Passw0rd!"},
            },
        )
        assert answer.ok, answer.text


def test_many_users_are_made_of_few_lines(tmp_path):
    fixture = tmp_path / "pools.yaml"
    fixture.write_text(block("fixture-many"))
    for variable, password in [({}, "Passw0rd!"), ({"TEST_PASSWORD": "0ther-Word"}, "0ther-Word")]:
        with Server("--ephemeral", "--fixtures", fixture, env=variable) as server:
            cognito = server.client()
            pool = cognito.describe_user_pool(UserPoolId="us-east-1_Many00001")["UserPool"]
            assert pool["EstimatedNumberOfUsers"] == 51
            for name in ("user042", "ann"):
                answer = server.raw(
                    "InitiateAuth",
                    {
                        "AuthFlow": "USER_PASSWORD_AUTH",
                        "ClientId": "manyweb0000000000000000000",
                        "AuthParameters": {"USERNAME": name, "PASSWORD": password},
                    },
                )
                assert answer.ok, answer.text
            user = cognito.admin_get_user(UserPoolId=pool["Id"], Username="user042")
            known = {one["Name"]: one["Value"] for one in user["UserAttributes"]}
            assert known["email"] == "user042@example.com" and known["email_verified"] == "true"


def test_a_misspelt_fixture_is_checked_as_written(tmp_path):
    fixture = tmp_path / "pools.yaml"
    fixture.write_text(block("fixture-many").replace("Users:", "Userz:"))

    def check():
        return subprocess.run(
            [BINARY, "check", fixture],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=clean_environment(),
        )

    refused = check()
    assert refused.returncode == 1
    told = refused.stdout + refused.stderr
    assert re.search(r"pools\.yaml:\d+:\d+: .*did you mean `Users`", told), told
    fixture.write_text(block("fixture-many"))
    assert check().returncode == 0


def test_the_state_is_exported_as_written(demo, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mocknito").symlink_to(pathlib.Path(BINARY).resolve())
    demo.client().admin_delete_user(UserPoolId=DEMO_POOL, Username="bob")
    done = shell(f'PATH="{programs}:$PATH"\n{block("export")}', tmp_path)
    assert done.returncode == 0, done.stderr
    state = tmp_path / "state.yaml"
    assert state.stat().st_mode & 0o077 == 0
    with Server("--ephemeral", "--fixtures", state) as other:

        def sign_in(name):
            return other.raw(
                "InitiateAuth",
                {
                    "AuthFlow": "USER_PASSWORD_AUTH",
                    "ClientId": DEMO_CLIENT,
                    "AuthParameters": {"USERNAME": name, "PASSWORD": "Passw0rd!"},
                },
            )

        assert sign_in("alice").ok
        assert not sign_in("bob").ok


def test_the_pool_with_google_signs_people_in(tmp_path):
    fixture = tmp_path / "google.yaml"
    fixture.write_text(block("google"))
    with Server("--ephemeral", "--fixtures", fixture) as server:
        home = server.url.replace("127.0.0.1", "localhost")
        callback = "http://localhost:3000/callback"
        client = {"client_id": "googleweb00000000000000000", "redirect_uri": callback}
        asked = {**client, "response_type": "code", "scope": "openid email"}
        browser = requests.Session()
        assert "Google" in browser.get(f"{home}/login", params=asked, timeout=10).text
        page = browser.get(
            f"{home}/oauth2/authorize", params={**asked, "identity_provider": "Google"}, timeout=10
        )
        hidden = re.search(r'name="request" value="([^"]+)"', page.text)
        person = {
            "request": html.unescape(hidden[1]),
            "email": "gina@example.com",
            "name": "Gina Green",
        }
        answer = browser.post(
            page.url, person, headers={"Origin": home}, allow_redirects=False, timeout=10
        )
        while (target := urllib.parse.urljoin(answer.url, answer.headers["location"])).startswith(
            home
        ):
            answer = browser.get(target, allow_redirects=False, timeout=10)
        code = dict(urllib.parse.parse_qsl(target.partition("?")[2]))["code"]
        form = {**client, "grant_type": "authorization_code", "code": code}
        tokens = requests.post(f"{home}/oauth2/token", form, timeout=10).json()
        known = claims(tokens["id_token"])
        assert known["email"] == "gina@example.com"
        assert known["cognito:username"].startswith("Google_")
        assert known["identities"][0]["providerName"] == "Google"


def test_what_the_server_prints_works_as_printed(demo, tmp_path):
    sign_in_as_printed(demo, tmp_path)


def test_it_does_where_the_public_address_is_https_too(tmp_path):
    # The client that copies the line has not been told of the certificate.
    with Server("--ephemeral", "--demo", "--public-url", "https://localhost:8443") as server:
        sign_in_as_printed(server, tmp_path, "https://localhost:8443")


def sign_in_as_printed(demo, tmp_path, address=None):
    printed = demo.stdout()
    for wanted in (address or demo.url.replace("127.0.0.1", "localhost"), DEMO_POOL, DEMO_CLIENT):
        assert wanted in printed
    lines, command = iter(printed.splitlines()), []
    for line in lines:
        if command or re.match(r"\s*(\w+=\S+ )*aws cognito-idp initiate-auth", line):
            command.append(line.strip())
            if not line.rstrip().endswith("\\"):
                break
    assert command, printed
    done = shell("\n".join(command), tmp_path)
    assert done.returncode == 0, done.stderr
    assert documents(done.stdout)[0]["AuthenticationResult"]["AccessToken"]
