"""A running server, and what its `/_mocknito/` offers to tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class MocknitoError(Exception):
    """The server refused, or did not start: the message says why."""


class _Process:
    """The process of a server, and the end of what it said."""

    def __init__(self, words: list[str]) -> None:
        self._program = words[0]
        self._said = ""
        try:
            self._process = subprocess.Popen(
                words,
                # Its input stays open as long as this process lives, however that ends.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={k: v for k, v in os.environ.items() if not k.startswith("MOCKNITO_")},
            )
        except OSError as error:
            raise MocknitoError(f"{self._program} cannot be run: {error}. {_HOW}") from error
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said = (self._said + line)[-4096:]

    def ready(self, patience: float) -> dict[str, Any]:
        """Waits for the line that says where the server is."""
        assert self._process.stdout is not None
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            self._process.kill()

        timer = threading.Timer(patience, give_up)
        timer.start()
        try:
            for line in self._process.stdout:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue
                if isinstance(said, dict) and said.get("event") == "ready":
                    return said
        finally:
            timer.cancel()
        why = self.end()
        if is_late.is_set():
            late = f"did not say within {patience:g} s that it is ready"
            why = f"{self._program} {late}{self._words()}"
        raise MocknitoError(why)

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> str:
        """How it ended, as far as it told."""
        code = self._process.wait()
        self._listener.join(timeout=5)
        # As clap ends for words that it does not know.
        unknown = "unexpected argument" in self._said or "unrecognized subcommand" in self._said
        older = f"; is {self._program} older than this package?" if code == 2 and unknown else ""
        how = signal.Signals(-code).name if code < 0 else code
        return f"mocknito ended with {how}{older}{self._words()}"

    def _words(self) -> str:
        said = self._said.strip()
        return f": {said}" if said else ""

    def stop(self) -> None:
        if not self.has_ended():
            self._process.terminate()
        self._process.wait()
        self._listener.join(timeout=5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


class Mocknito:
    """A running server."""

    def __init__(self, url: str, port: int, region: str, process: _Process | None = None) -> None:
        self._process = process
        self.url = url
        self.port = port
        self.region = region
        #: What leads AWS SDKs to this server, for a process that runs the app.
        self.env = {
            "MOCKNITO_URL": url,
            "AWS_ENDPOINT_URL": url,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": url,
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY": url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self.clock = Clock(self)
        self.inbox = Inbox(self)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client for this server: `cognito-idp`, `cognito-identity`, `sts` …"""
        import boto3

        settings: dict[str, Any] = {
            "endpoint_url": self.url,
            "region_name": self.region,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        return boto3.client(service, **(settings | options))

    def tokens(
        self,
        username: str | None = None,
        *,
        client_id: str | None = None,
        scopes: Iterable[str] | None = None,
        claims: Mapping[str, Any] | None = None,
        expires_in: str | None = None,
        issued_at: str | None = None,
        defect: str | None = None,
    ) -> dict[str, Any]:
        """Tokens without a sign-in. Without a client: the only one; without a user: a machine's."""
        asked = {
            "client_id": client_id or self._only_client(),
            "username": username,
            "scopes": None if scopes is None else list(scopes),
            "claims": claims,
            "expires_in": expires_in,
            "issued_at": issued_at,
            "defect": defect,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return self.post("/_mocknito/tokens", given)

    def requests(self, **wanted: Any) -> list[dict[str, Any]]:
        """What clients asked, the newest first, and why they were refused."""
        return self.get("/_mocknito/requests", **wanted)["requests"]

    def totp(self, user_pool_id: str, username: str) -> str:
        """The code that the user's authenticator app shows now."""
        asked = {"user_pool_id": user_pool_id, "username": username}
        return self._send("GET", _with_query("/_mocknito/totp", asked))

    def issuer(self, user_pool_id: str) -> str:
        """The issuer of a pool's tokens."""
        return f"{self.url}/{user_pool_id}"

    def pools(self) -> list[dict[str, Any]]:
        """All user pools, with their clients."""
        return self.get("/_mocknito/pools")["user_pools"]

    def copy_pool(self, user_pool_id: str) -> dict[str, Any]:
        """A pool with new ids, and the clients, groups and users of this one."""
        return self.post(f"/_mocknito/pools/{urllib.parse.quote(user_pool_id)}/copy", {})

    def save_snapshot(self, name: str) -> dict[str, Any]:
        return self.post("/_mocknito/snapshots", {"name": name})

    def restore_snapshot(self, name: str) -> dict[str, Any]:
        path = f"/_mocknito/snapshots/{urllib.parse.quote(name, safe='')}/restore"
        return self.post(path, {})

    def reset(self) -> dict[str, Any]:
        """Back to the start: the fixtures, and nothing else."""
        return self.post("/_mocknito/reset", {})

    def stop(self) -> None:
        """Ends the server, if it is this process's own."""
        if self._process is not None:
            self._process.stop()

    def __enter__(self) -> Mocknito:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", _with_query(path, query))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        text = self._send(method, path, body)
        return json.loads(text) if text else {}

    def _send(self, method: str, path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        # Whatever proxy the machine has is not for this machine itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=70) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            try:
                document = json.loads(text)
            except ValueError:
                document = {}
            why = f"{document.get('error', error.code)}: {document.get('message', text)}"
            raise MocknitoError(f"{method} {path}: {why}") from None
        except OSError as error:
            why = str(error)
            if self._process is not None and self._process.has_ended():
                why = self._process.end()
            raise MocknitoError(f"{method} {path}: {why}") from error

    def _only_client(self) -> str:
        clients = [client for pool in self.pools() for client in pool["clients"]]
        if len(clients) == 1:
            return clients[0]["id"]
        if not clients:
            raise MocknitoError("there is no app client")
        names = ", ".join(f"{client['id']} ({client['name']})" for client in clients)
        raise MocknitoError(f"say which client_id: {names}")


def _with_query(path: str, query: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urllib.parse.urlencode(asked)}" if asked else path


class Clock:
    """The server's time."""

    def __init__(self, server: Mocknito) -> None:
        self._server = server

    def read(self) -> dict[str, Any]:
        return self._server.get("/_mocknito/clock")

    def advance(self, by: str) -> dict[str, Any]:
        """Moves it by a duration such as `90s`, `1h` or `-1d`."""
        return self._server.post("/_mocknito/clock", {"advance": by})

    def set(self, now: str) -> dict[str, Any]:
        return self._server.post("/_mocknito/clock", {"now": now})

    def freeze(self) -> dict[str, Any]:
        return self._server.post("/_mocknito/clock", {"frozen": True})

    def unfreeze(self) -> dict[str, Any]:
        return self._server.post("/_mocknito/clock", {"frozen": False})

    def reset(self) -> dict[str, Any]:
        return self._server.post("/_mocknito/clock", {"reset": True})


class Inbox:
    """The messages that would have been sent."""

    def __init__(self, server: Mocknito) -> None:
        self._server = server

    def messages(self, **wanted: Any) -> list[dict[str, Any]]:
        return self._server.get("/_mocknito/inbox", **wanted)["messages"]

    def code(self, to: str | None = None, *, wait: str = "5s", **wanted: Any) -> str:
        """The code in the newest message; waits for one to come."""
        found = self.messages(to=to, wait=wait, **wanted)
        if not found:
            raise MocknitoError(f"no message came to {to or 'anybody'}")
        return found[0]["code"]

    def empty(self) -> dict[str, Any]:
        return self._server.delete("/_mocknito/inbox")


def start_mocknito(
    fixtures: str | Path | Mapping[str, Any] | Iterable[str | Path | Mapping[str, Any]] = (),
    *,
    demo: bool = False,
    seed: int | None = None,
    region: str = "us-east-1",
    log: str = "warn",
    args: Iterable[str] = (),
    binary: str | None = None,
    port: int = 0,
    timeout: float = 30,
) -> Mocknito:
    """Starts a server that is this process's own, and ends with it.

    Its port is any free one, unless one is given; `timeout` is in seconds.
    """
    words = [binary or _find_binary(), "serve", "--port", str(port)]
    words += ["--log-format", "json", "--log", log, "--ephemeral", "--exit-with-parent"]
    if demo:
        words.append("--demo")
    if seed is not None:
        words += ["--seed", str(seed)]
    given = [fixtures] if isinstance(fixtures, (str, Path, Mapping)) else list(fixtures)
    with tempfile.TemporaryDirectory(prefix="mocknito-") as folder:
        for index, one in enumerate(given):
            if isinstance(one, Mapping):
                path = Path(folder, f"fixtures-{index}.json")
                path.write_text(json.dumps(one), encoding="utf-8")
                one = path
            words += ["--fixtures", str(one)]
        process = _Process([*words, *args])
        try:
            said = process.ready(timeout)
        except BaseException:
            process.stop()
            raise
    return Mocknito(said["url"], said["port"], region, process)


def connect_mocknito(url: str | None = None, *, region: str = "us-east-1") -> Mocknito:
    """A server that runs already, such as that of `mocknito exec`. Stopping it is not ours."""
    found = url or os.environ.get("MOCKNITO_URL")
    if not found:
        raise MocknitoError("which server? Run the tests by mocknito exec, or set MOCKNITO_URL")
    base = found.rstrip("/")
    address = urllib.parse.urlsplit(base)
    usual = 443 if address.scheme == "https" else 80
    server = Mocknito(base, address.port or usual, region)
    server.get("/_mocknito/health")
    return server


_HOW = "Install it by pip install mocknito, or set MOCKNITO_BINARY"


def _find_binary() -> str:
    """`MOCKNITO_BINARY`, or the one of this environment, or the one on the path."""
    if named := os.environ.get("MOCKNITO_BINARY"):
        return named
    name = "mocknito.exe" if sys.platform == "win32" else "mocknito"
    beside = Path(sysconfig.get_path("scripts"), name)
    if beside.exists():
        return str(beside)
    try:
        # The package knows of more places: a user's own, or a folder of vendored packages.
        from mocknito import binary
    except ImportError:
        pass
    else:
        return binary()
    if found := shutil.which("mocknito"):
        return found
    raise MocknitoError(f"There is no mocknito. {_HOW}")
