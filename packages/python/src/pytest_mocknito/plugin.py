"""The fixtures. Each worker of pytest-xdist is a session of its own, and so has its own server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from .server import Mocknito, connect_mocknito, start_mocknito


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "mocknito_fixtures", "Files or folders of fixtures to start with.", "paths", default=[]
    )
    parser.addini("mocknito_demo", "Whether to start with the demo's pool.", "bool", default=False)


@pytest.fixture(scope="session")
def mocknito_options(pytestconfig: pytest.Config) -> dict[str, Any]:
    """What the session's server is started with: override it for more than pytest.ini says."""
    return {
        "fixtures": [str(path) for path in pytestconfig.getini("mocknito_fixtures")],
        "demo": pytestconfig.getini("mocknito_demo"),
    }


@pytest.fixture(scope="session")
def mocknito(mocknito_options: dict[str, Any]) -> Iterator[Mocknito]:
    """A server of this session's own; within `mocknito exec`, if nothing else is said, that one."""
    is_there = not any(mocknito_options.values()) and "MOCKNITO_URL" in os.environ
    with connect_mocknito() if is_there else start_mocknito(**mocknito_options) as server:
        yield server


@pytest.fixture(scope="session")
def mocknito_pool_template(mocknito: Mocknito) -> str:
    """Which pool `mocknito_pool` copies: the first of the fixtures, unless overridden."""
    return mocknito.pools()[0]["id"]


@pytest.fixture
def mocknito_pool(mocknito: Mocknito, mocknito_pool_template: str) -> Iterator[dict[str, Any]]:
    """A copy of a pool for this test alone: its id, and those of its clients by their names."""
    copy = mocknito.copy_pool(mocknito_pool_template)
    yield copy
    client = mocknito.client("cognito-idp")
    client.delete_user_pool(UserPoolId=copy["user_pool_id"])


@pytest.fixture(scope="session")
def cognito_idp(mocknito: Mocknito) -> Any:
    """boto3's client for user pools."""
    return mocknito.client("cognito-idp")


@pytest.fixture(scope="session")
def cognito_identity(mocknito: Mocknito) -> Any:
    """boto3's client for identity pools."""
    return mocknito.client("cognito-identity")
