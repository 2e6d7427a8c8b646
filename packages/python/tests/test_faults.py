"""What a suite hears of a server that is not there, is too old, ends, or never begins; and that
none stays behind when a suite is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from pytest_mocknito import MocknitoError, connect_mocknito, start_mocknito


@pytest.fixture
def impostor(tmp_path):
    """Puts a program in the place of the server."""

    def make(name, *lines):
        file = tmp_path / name
        file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        file.chmod(0o755)
        return str(file)

    return make


def is_gone(url):
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/_mocknito/health").close()
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_program_that_is_not_there():
    with pytest.raises(MocknitoError, match="cannot be run: .*pip install mocknito"):
        start_mocknito(binary="/nowhere/mocknito")


def test_none_anywhere(monkeypatch, tmp_path):
    monkeypatch.delenv("MOCKNITO_BINARY", raising=False)
    # Neither in this environment, nor as a package, nor on the path.
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setitem(sys.modules, "mocknito", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MocknitoError, match="There is no mocknito. Install it by pip"):
        start_mocknito()


def test_one_that_is_older_than_the_package(impostor):
    old = impostor("old", "echo \"error: unexpected argument '--new' found\" >&2", "exit 2")
    with pytest.raises(MocknitoError, match="ended with 2; is .*old older than this package.: er"):
        start_mocknito(binary=old)


def test_one_that_crashes_as_it_starts(impostor):
    with pytest.raises(MocknitoError, match="ended with SIGSEGV"):
        start_mocknito(binary=impostor("crash", "kill -SEGV $$"))


def test_one_that_never_says_where_it_is(impostor):
    silent = impostor("silent", "echo thinking >&2", "exec sleep 60")
    with pytest.raises(MocknitoError, match="did not say within 0.3 s that it is ready: thinking"):
        start_mocknito(binary=silent, timeout=0.3)


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MocknitoError, match=f"port {port} .* is in use"):
            start_mocknito(port=port)


def test_a_server_that_has_ended_meanwhile():
    with start_mocknito() as server:
        children = ["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())]
        found = subprocess.run(children, capture_output=True, text=True, check=True).stdout
        mocknitos = [line.split()[0] for line in found.splitlines() if "mocknito" in line]
        # The newest is this test's; the session may have one, too.
        os.kill(int(mocknitos[-1]), signal.SIGKILL)
        assert is_gone(server.url)
        with pytest.raises(MocknitoError, match="_mocknito/reset: mocknito ended with SIGKILL"):
            server.reset()


def test_no_server_stays_behind_when_its_suite_is_killed():
    code = (
        "import time; from pytest_mocknito import start_mocknito;"
        "print(start_mocknito().url, flush=True); time.sleep(60)"
    )
    suite = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    url = suite.stdout.readline().strip()
    urllib.request.urlopen(f"{url}/_mocknito/health").close()
    suite.kill()
    assert is_gone(url), "the server is still there"
    suite.communicate()


def test_who_connects_must_say_where_to(monkeypatch):
    monkeypatch.delenv("MOCKNITO_URL", raising=False)
    with pytest.raises(MocknitoError, match="which server. Run the tests by mocknito exec"):
        connect_mocknito()
    with pytest.raises(MocknitoError, match="health: .*refused"):
        connect_mocknito("http://127.0.0.1:9")
    with start_mocknito(demo=True) as own:
        with connect_mocknito(f"{own.url}/") as same:
            assert same.pools()[0]["name"] == "demo"
        # It is not his to end.
        own.reset()
