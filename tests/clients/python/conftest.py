"""Fixtures: a demo server shared by tests that make pools of their own, and a fresh one for those
that move its clock."""

import pathlib

import pytest
from support import BINARY, Pool, Server


def pytest_sessionstart():
    if not pathlib.Path(BINARY).exists():
        pytest.exit(
            f"{BINARY} is not there: `cargo build`, or name it in MOCKNITO_BIN", returncode=2
        )


@pytest.fixture(scope="session")
def server():
    with Server("--ephemeral", "--demo") as running:
        yield running


@pytest.fixture
def own_server():
    with Server("--ephemeral", "--demo") as running:
        yield running


@pytest.fixture
def idp(server):
    return server.client()


@pytest.fixture
def pool(server):
    return Pool(server)
