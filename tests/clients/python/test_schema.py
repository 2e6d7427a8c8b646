"""The JSON Schema of fixtures, by a validator that is not ours: it takes every fixture of the
repository and every one in the documentation, and refuses what is wrong in one."""

import json
import pathlib
import re
import subprocess
import sys

import pytest
import requests
from support import BINARY, REPOSITORY, Server
from test_readme import PAGES

FIXTURES = sorted(
    path
    for folder in ("fixtures", "tests/clients", "tests/clients/as_aws", "packages/node/support")
    for path in (REPOSITORY / folder).glob("*.yaml")
    if "UserPools:" in path.read_text()
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    printed = subprocess.run([BINARY, "schema"], capture_output=True, check=True, timeout=60)
    file = tmp_path_factory.mktemp("schema") / "mocknito.schema.json"
    file.write_bytes(printed.stdout)
    return file


def check(schema, *files):
    tool = pathlib.Path(sys.executable).parent / "check-jsonschema"
    command = [tool, "--schemafile", schema, *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def blocks():
    """The blocks of YAML in the documentation that are whole fixtures."""
    for document in PAGES:
        found = re.findall(r"```ya?ml\n(.*?)```", document.read_text(), re.DOTALL)
        for number, block in enumerate(found):
            if re.match(r"(#[^\n]*\n)*(UserPools|IdentityPools|Apis|Functions):", block):
                yield f"{document.stem}-{number}.yaml", block


def test_the_schema_is_one(schema):
    tool = pathlib.Path(sys.executable).parent / "check-jsonschema"
    command = [tool, "--check-metaschema", schema]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_fixture_of_the_repository_is_valid(schema):
    assert len(FIXTURES) >= 3
    checked = check(schema, *FIXTURES)
    assert checked.returncode == 0, checked.stdout


def test_every_fixture_of_the_documentation_is_valid(schema, tmp_path):
    files = []
    for name, block in blocks():
        files.append(tmp_path / name)
        files[-1].write_text(block)
    assert files
    checked = check(schema, *files)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("PoolName: shop", "PoolNames: shop"),
        ("MinimumLength: 10", "MinimumLength: 3"),
        ("MfaConfiguration: OPTIONAL", "MfaConfiguration: SOMETIMES"),
        ("Password: Correct-horse-1", "Pasword: Correct-horse-1"),
        ("ClientId: shopwebclient0000000000000", "ClientId: shop web"),
        ("Groups: [staff, customers]", "Groups: staff"),
        ("IdentityPoolName: shop", "IdentityPoolTitle: shop"),
    ],
)
def test_what_is_wrong_is_refused(schema, tmp_path, right, wrong):
    text = (REPOSITORY / "fixtures/full.yaml").read_text()
    assert right in text
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace(right, wrong, 1))
    checked = check(schema, file)
    assert checked.returncode == 1, checked.stdout


@pytest.mark.parametrize(
    ("plain", "as_people_write_it"),
    [
        ("MinimumLength: 10", "MinimumLength: '10'"),
        ("MfaConfiguration: OPTIONAL", "MfaConfiguration: ${MFA:-OPTIONAL}"),
        ("Password: Correct-horse-1", "Password: Correct-horse-1\n        Enabled: 'yes'"),
        ("Groups: [staff, customers]", "Groups: [staff, 7]"),
    ],
)
def test_what_the_reader_takes_in_other_spellings_is_valid(
    schema, tmp_path, plain, as_people_write_it
):
    text = (REPOSITORY / "fixtures/full.yaml").read_text()
    assert plain in text
    file = tmp_path / "right.yaml"
    file.write_text(text.replace(plain, as_people_write_it, 1))
    checked = check(schema, file)
    assert checked.returncode == 0, checked.stdout


def test_a_server_gives_the_same(schema):
    with Server("--ephemeral") as server:
        answer = requests.get(f"{server.url}/_mocknito/schema.json", timeout=30)
    printed = schema.read_text()
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == json.loads(printed)
