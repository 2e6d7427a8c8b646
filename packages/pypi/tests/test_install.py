"""The wheel in a clean environment: README's session, and how the program is found and ended.

`MOCKNITO_WHEELS` is the folder with the wheel. The environment has that and nothing else; the
clients are those of the environment in which the tests run."""

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import boto3
import jwt
import pytest

README = Path(__file__).parents[1].joinpath("README.md").read_text()
WHEELS = os.environ["MOCKNITO_WHEELS"]
POOL = "us-east-1_Mocknito1"
SERVE = ["--ephemeral", "--demo", "--log-format", "json", "--log", "warn"]
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("AWS_", "MOCKNITO_", "PYTHON", "PIP_"))
}


def pip(python, *words):
    quiet = ["--quiet", "--disable-pip-version-check", "--no-index", "--find-links", WHEELS]
    install = [python, "-m", "pip", "install", *quiet, *words, "mocknito"]
    subprocess.run(install, check=True, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A virtual environment with the wheel."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    pip(folder / "bin" / "python")
    return folder


@pytest.fixture
def start():
    """Starts it and waits until it says where it is; what still runs at the end is ended."""
    running = []

    def begin(*words):
        process = subprocess.Popen(
            [*map(str, words), *SERVE], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        running.append(process)
        for line in process.stdout:
            if line.startswith("{") and (said := json.loads(line))["event"] == "ready":
                return process, said["url"]
        raise AssertionError(f"{words} ended before it was ready")

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def test_the_session_of_the_readme_and_its_token(clean, start, tmp_path):
    _, url = start(clean / "bin" / "mocknito")
    example = re.search(r"<!-- test: readme -->\n```python\n(.*?)```", README, re.S)[1]
    example += '\nprint(tokens["AccessToken"])\n'
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    username, token = done.stdout.split()
    assert username == "alice"
    issuer = f"{url}/{POOL}"
    key = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key.key, algorithms=["RS256"], issuer=issuer)
    assert claims["username"] == "alice"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{token[:-4]}AAAA", key.key, algorithms=["RS256"], issuer=issuer)


def test_the_program_is_found_where_it_was_installed(clean, tmp_path):
    asked = [clean / "bin" / "python", "-c", "import mocknito; print(mocknito.binary())"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert found.stdout.strip() == str(clean / "bin" / "mocknito")

    # Beside the packages of an application.
    pip(clean / "bin" / "python", "--target", tmp_path / "vendored")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(tmp_path / "vendored")}
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    asked[0] = bare / "bin" / "python"
    found = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == str(tmp_path / "vendored" / "bin" / "mocknito")
    (tmp_path / "vendored" / "bin" / "mocknito").unlink()
    lost = subprocess.run(asked, capture_output=True, text=True, check=False, env=environment)
    assert "install mocknito again" in lost.stderr


def test_python_m_is_the_program_itself(clean, start):
    python = clean / "bin" / "python"
    process, url = start(python, "-m", "mocknito", "--port", "0")
    cognito = boto3.client(
        "cognito-idp",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert cognito.list_user_pools(MaxResults=1)["UserPools"][0]["Id"] == POOL
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=5)
    wrong = subprocess.run(
        [python, "-m", "mocknito", "--prot", "1"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert wrong.returncode == 2
    assert "--port" in wrong.stderr


def test_the_wheel_is_of_this_version_and_for_any_c_library():
    [wheel] = Path(WHEELS).glob("mocknito-*.whl")
    cargo = Path(__file__).parents[3].joinpath("Cargo.toml").read_text()
    version = re.search(r'^version = "(.+)"$', cargo, re.M)[1]
    assert wheel.name.startswith(f"mocknito-{version}-py3-none-")
    if sys.platform == "linux":
        machine = sysconfig.get_platform().removeprefix("linux-")
        assert f"manylinux_2_17_{machine}" in wheel.name
        assert f"musllinux_1_1_{machine}" in wheel.name
