"""What AWS has added to its APIs since the models of this build: printed for whoever maintains
them, and never a failure."""

import gzip
import json
import subprocess
import sys
import zipfile

import pytest
import requests

SERVICES = {
    "cognito-idp": "AWSCognitoIdentityProviderService",
    "cognito-identity": "AWSCognitoIdentityService",
}


def newest_botocore(folder):
    """The newest wheel on PyPI, whatever is pinned here."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "10"]
    try:
        subprocess.run(
            [*command, "--dest", str(folder), "botocore"],
            check=True,
            capture_output=True,
            timeout=120,
        )
    except (subprocess.SubprocessError, OSError):
        pytest.skip("PyPI is out of reach: nobody knows whether the API has grown")
    return next(folder.glob("botocore-*.whl"))


def operations(wheel, service):
    """The names of the operations in the newest model of a service."""
    with zipfile.ZipFile(wheel) as archive:
        models = [
            name
            for name in archive.namelist()
            if name.startswith(f"botocore/data/{service}/") and "/service-2.json" in name
        ]
        text = archive.read(max(models))
        if models[0].endswith(".gz"):
            text = gzip.decompress(text)
    return sorted(json.loads(text)["operations"])


def is_known(server, target):
    """Whether the build knows an operation, which it is asked for without any input."""
    answer = requests.post(
        server.url,
        data="{}",
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target},
        timeout=30,
    )
    return answer.status_code == 200 or answer.json()["__type"] != "UnknownOperationException"


def test_new_operations_of_the_apis_are_told(server, tmp_path, capsys):
    wheel = newest_botocore(tmp_path)
    for service, prefix in SERVICES.items():
        names = operations(wheel, service)
        assert len(names) > 20
        assert is_known(server, f"{prefix}.{names[0]}")
        assert not is_known(server, f"{prefix}.Nonsense")
        new = [name for name in names if not is_known(server, f"{prefix}.{name}")]
        if new:
            with capsys.disabled():
                print(f"\n{wheel.name}: {service} has operations that this build does not know:")
                print("  " + ", ".join(new))
