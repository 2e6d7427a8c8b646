"""What `mocknito export` writes for other tools: cfn-lint finds nothing in a template, and an
import makes the same pool of it."""

import json
import pathlib
import subprocess
import sys

import pytest
from support import BINARY, DEMO_POOL, REPOSITORY, Server, clean_environment

LINT = pathlib.Path(sys.executable).parent / "cfn-lint"
FIXTURES = {
    "demo": ("us-east-1", ["--demo"]),
    "full": ("eu-central-1", ["--fixtures", REPOSITORY / "fixtures/full.yaml"]),
    "cdk": ("us-east-1", ["--fixtures", REPOSITORY / "tests/it/import/data/cdk"]),
    "partners": ("us-east-1", ["--fixtures", REPOSITORY / "tests/it/import/data/cdk_partners"]),
}


def mocknito(*arguments):
    return subprocess.run(
        [BINARY, *map(str, arguments)], text=True, capture_output=True, timeout=60,
        env=clean_environment(),
    )


def exported(server, template, *flags):
    done = mocknito("export", "--output", template, "--port", server.port, *flags)
    assert done.returncode == 0, done.stderr
    return template.read_text()


@pytest.mark.parametrize("name", FIXTURES)
def test_cfn_lint_finds_nothing_in_an_exported_template(name, tmp_path):
    region, flags = FIXTURES[name]
    template = tmp_path / "template.yaml"
    with Server("--ephemeral", *flags) as server:
        text = exported(server, template, "--format", "cloudformation")
    assert "AWS::Cognito::UserPool\n" in text
    linted = subprocess.run(
        [LINT, "--regions", region, "--", template], text=True, capture_output=True, timeout=300
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout + linted.stderr


def test_an_exported_template_is_imported_again(tmp_path):
    template = tmp_path / "template.yaml"
    with Server("--ephemeral", "--demo") as server:
        text = exported(
            server, template, "--format", "cloudformation", "--user-pool-id", DEMO_POOL
        )
        before = server.client().describe_user_pool(UserPoolId=DEMO_POOL)["UserPool"]
    # The head says by which parameters the ids stay.
    kept = [line.split()[1:] for line in text.splitlines() if line.startswith("#   --parameter ")]
    assert kept
    with Server("--ephemeral") as server:
        flags = [flag for pair in kept for flag in pair]
        done = mocknito("import", template, "--port", server.port, *flags)
        assert done.returncode == 0, done.stderr
        after = server.client().describe_user_pool(UserPoolId=DEMO_POOL)["UserPool"]
        for key in ["Name", "Policies", "AutoVerifiedAttributes", "SchemaAttributes"]:
            assert after[key] == before[key], key


def test_a_front_end_s_file_needs_to_know_which_client(tmp_path):
    with Server("--ephemeral", "--demo") as server:
        done = mocknito("export", "--format", "amplify", "--port", server.port)
        assert done.returncode != 0
        assert "name one by its id" in done.stderr
        done = mocknito(
            "export", "--format", "amplify", "--port", server.port,
            "--user-pool-id", DEMO_POOL, "--client-id", "democlient0000000000000000",
        )
        assert done.returncode == 0, done.stderr
        outputs = json.loads(done.stdout)
        assert outputs["auth"]["user_pool_client_id"] == "democlient0000000000000000"
        assert str(server.port) in outputs["custom"]["mocknito"]["userPoolEndpoint"]
