"""nginx, Caddy and Apache as Debian has them, in front of an app, each with the configuration that
docs/apis.md shows: they ask the check before a request passes."""

import contextlib
import http.server
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pytest
import requests
from support import DEMO_CLIENT, DEMO_POOL, PASSWORD, REPOSITORY, claims, free_port, must_run
from test_readme import block

DOCS = (REPOSITORY / "docs/apis.md").read_text()
MODULES = "/usr/lib/apache2/modules"


class App(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it got."""

    def do_GET(self):
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve_app(handler):
    """The port at which it answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


@pytest.fixture(scope="module")
def app():
    with serve_app(App) as port:
        yield port


@pytest.fixture(scope="module")
def token(server):
    answer = server.client().initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]["IdToken"]


def nginx(configuration, folder, _port):
    file = folder / "nginx.conf"
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {scratch}\n{configuration['nginx']} }}"
    )
    return ["nginx", "-p", folder, "-c", file]


def caddy(configuration, folder, _port):
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + configuration["caddy"])
    return ["caddy", "run", "--config", file, "--adapter", "caddyfile"]


def apache(configuration, folder, port):
    names = "mpm_event authz_core headers lua proxy proxy_http"
    modules = "\n".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names.split()
    )
    (folder / "check.lua").write_text(configuration["apache-lua"])
    file = folder / "apache2.conf"
    file.write_text(
        f"ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\nErrorLog {folder}/log\n{modules}\n"
        + configuration["apache"].replace("/etc/apache2", str(folder))
    )
    return ["apache2", "-X", "-f", file]


PROXIES = {"nginx": nginx, "caddy": caddy, "apache2": apache}


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request, server, app, tmp_path_factory):
    """The address of one of them."""
    there = shutil.which(request.param)
    must_run(there, f"Debian's {request.param}")
    port = free_port()
    folder = tmp_path_factory.mktemp(request.param)
    # Workers of nginx and Apache may run as somebody else.
    folder.chmod(0o755)
    shown = {}
    for name in ("nginx", "caddy", "apache", "apache-lua"):
        text = block(name, DOCS)
        for word, value in [
            ("localhost:3000", f"127.0.0.1:{app}"),
            ("localhost:9339", f"127.0.0.1:{server.port}"),
            ("us-east-1_Shop00001", DEMO_POOL),
            ("8080", str(port)),
        ]:
            text = text.replace(word, value)
        shown[name] = text
    command = PROXIES[request.param](shown, folder, port)
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        while not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                pytest.fail(f"{command} does not listen: {log.read()}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(10)


def test_who_has_a_token_passes_and_nobody_else(proxy, token):
    forged = {"x-mocknito-sub": "forged", "x-mocknito-groups": "root"}
    passed = requests.get(
        f"{proxy}/a?b=c", headers={"authorization": f"Bearer {token}", **forged}, timeout=10
    )
    assert passed.status_code == 200, passed.text
    seen = passed.json()
    assert seen["x-mocknito-sub"] == claims(token)["sub"]
    assert seen["x-mocknito-username"] == "alice"
    assert sorted(seen["x-mocknito-groups"].split(",")) == ["admins", "users"]

    for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": f"Bearer {token}x"}):
        refused = requests.get(f"{proxy}/a", headers={**wrong, **forged}, timeout=10)
        assert refused.status_code == 401
        assert refused.headers["x-mocknito-reason"]
