"""The recipes of docs/recipes in Python, and Apache as a gateway: the files of each page as they
stand there, but for the ports."""

import contextlib
import json
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile
import time
from unittest import mock
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from support import (
    DEMO_CLIENT,
    PASSWORD,
    REPOSITORY,
    Server,
    clean_environment,
    free_port,
    must_run,
)
from testcontainers.core import container

from test_oauth import sign_in
from test_proxies import App, listens, serve_app
from test_readme import block

AUTH_MODULE = "/usr/lib/apache2/modules/mod_auth_openidc.so"


def written(folder, ports, **files):
    """Writes blocks of a recipe as the files that they are, with other ports in them."""
    for file, name in files.items():
        text = block(name)
        for port, other in ports.items():
            text = text.replace(f"localhost:{port}", f"localhost:{other}")
        (folder / file.replace("__", ".")).write_text(text)


@contextlib.contextmanager
def running(command, folder, port, **environment):
    """An app of a recipe, until it is no longer needed."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=clean_environment(**environment),
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 60
            while not listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.fail(f"{command} does not listen:\n{log.read()}")
                time.sleep(0.05)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(10)


class Visitor(requests.Session):
    """A browser at an app that sends it to the hosted pages and gets it back."""

    def __init__(self, home):
        super().__init__()
        self.home = home

    def begin(self, path):
        """Where the app sends the browser: the first address that is not its own."""
        address = urljoin(self.home, path)
        while address.startswith(self.home):
            answer = self.get(address, allow_redirects=False, timeout=30)
            assert answer.is_redirect, (address, answer.status_code, answer.text)
            address = urljoin(address, answer.headers["location"])
        return address

    def sign_in(self, path, username):
        """From a page that wants somebody to what it shows then."""
        return self.get(sign_in(self.begin(path), username, PASSWORD), timeout=30)


def test_fastapi(server, tmp_path):
    port = free_port()
    written(tmp_path, {9339: server.port}, app__py="recipe-fastapi")
    command = [*(sys.executable, "-m", "uvicorn", "app:app"), "--port", port]
    tokens = server.client().initiate_auth(
        ClientId=DEMO_CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]

    def minted(**how):
        wanted = {"client_id": DEMO_CLIENT, "username": "alice", **how}
        answer = requests.post(f"{server.url}/_mocknito/tokens", json=wanted, timeout=10)
        return answer.json()["AccessToken"]

    with running(command, tmp_path, port) as app:

        def ask(method, path, token):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return requests.request(method, f"{app}{path}", headers=headers, timeout=10)

        bob = tokens["AccessToken"]
        assert ask("GET", "/me", bob).json() == {"username": "bob", "groups": ["users"]}
        assert ask("DELETE", "/orders/7", minted()).json() == {"deleted": "7", "by": "alice"}
        assert ask("DELETE", "/orders/7", bob).status_code == 403
        assert ask("GET", "/me", None).status_code in (401, 403)
        wrong = {
            defect: minted(defect=defect)
            for defect in (
                *("signature", "expired", "not_yet_valid", "issuer", "kid"),
                *("alg_none", "alg_hs256", "token_use", "other_pool", "truncated"),
            )
        }
        for name, token in {**wrong, "ID token": tokens["IdToken"], "nonsense": "x"}.items():
            assert ask("GET", "/me", token).status_code == 401, name


def test_django(tmp_path):
    port, own = free_port(), free_port()
    written(
        tmp_path,
        {8000: port, 9339: own},
        pool__yaml="recipe-django-fixture",
        settings__py="recipe-django-settings",
        site_auth__py="recipe-django-auth",
        urls__py="recipe-django-urls",
    )
    django = [sys.executable, "-m", "django"]
    rest = ["--pythonpath", ".", "--settings", "settings"]
    with Server("--ephemeral", "--fixtures", tmp_path / "pool.yaml", port=own):
        subprocess.run(
            [*django, "migrate", "--verbosity", "0", *rest],
            cwd=tmp_path,
            env=clean_environment(),
            check=True,
            timeout=120,
        )
        serve = [*django, "runserver", "--noreload", *rest, f"localhost:{port}"]
        with running(serve, tmp_path, port) as app:
            alice = Visitor(app)
            home = alice.sign_in("/", "alice")
            assert home.json() == {"email": "alice@example.com", "staff": True}
            assert alice.get(f"{app}/admin/", timeout=30).url == f"{app}/admin/"

            bob = Visitor(app)
            assert bob.sign_in("/", "bob").json() == {"email": "bob@example.com", "staff": False}
            assert "/login/" in bob.get(f"{app}/admin/", timeout=30).url

            # What somebody else's sign-in ended with is worth nothing in this browser.
            back = sign_in(bob.begin("/oidc/authenticate/"), "bob", PASSWORD)
            thief = Visitor(app)
            thief.begin("/")
            thief.get(back, allow_redirects=False, timeout=30)
            assert not thief.begin("/").startswith(app)

            token = alice.cookies.get("csrftoken", "")
            out = alice.post(
                f"{app}/oidc/logout/",
                {"csrfmiddlewaretoken": token},
                allow_redirects=False,
                timeout=30,
            )
            assert out.status_code == 302, out.text
            ended = urlsplit(out.headers["location"])
            assert ended.path == "/logout"
            assert parse_qs(ended.query)["logout_uri"] == [f"{app}/"]
            assert alice.begin("/")


def test_flask_appbuilder(tmp_path):
    port, own = free_port(), free_port()
    written(
        tmp_path,
        {8080: port, 9339: own},
        pool__yaml="recipe-fab-fixture",
        app__py="recipe-fab",
    )
    database = f"sqlite:///{tmp_path}/app.db"
    with Server("--ephemeral", "--fixtures", tmp_path / "pool.yaml", port=own):
        command = [sys.executable, "-m", "flask", "--app", "app", "run", "--port", port]
        with running(command, tmp_path, port, DATABASE=database) as app:
            alice, bob = Visitor(app), Visitor(app)
            alice.sign_in("/login/cognito", "alice")
            assert "alice@example.com" in alice.get(f"{app}/users/list/", timeout=30).text
            bob.sign_in("/login/cognito", "bob")
            assert "Bob" in bob.get(f"{app}/", timeout=30).text
            assert "alice@example.com" not in bob.get(f"{app}/users/list/", timeout=30).text
            stranger = Visitor(app)
            back = sign_in(Visitor(app).begin("/login/cognito"), "bob", PASSWORD)
            stranger.get(back, timeout=30)
            assert "Bob" not in stranger.get(f"{app}/", timeout=30).text


def test_apache_signs_in_before_an_app(tmp_path):
    must_run(pathlib.Path(AUTH_MODULE).exists(), "Debian's libapache2-mod-auth-openidc")
    port, own = free_port(), free_port()
    with serve_app(App) as behind:
        ports = {8080: port, 9339: own, 3000: behind}
        written(
            tmp_path,
            ports,
            pool__yaml="recipe-gateway-fixture",
            gateway__conf="recipe-gateway-apache",
        )
        # Workers may run as somebody else.
        tmp_path.chmod(0o755)
        names = "mpm_event authn_core authz_core authz_user headers proxy proxy_http auth_openidc"
        modules = "".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
            for name in names.split()
        )
        (tmp_path / "apache2.conf").write_text(
            f"ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {tmp_path}/pid\n"
            f"DefaultRuntimeDir {tmp_path}\nErrorLog {tmp_path}/log\n{modules}"
            f"Include {tmp_path}/gateway.conf\n"
        )
        with Server("--ephemeral", "--fixtures", tmp_path / "pool.yaml", port=own):
            command = ["apache2", "-X", "-f", tmp_path / "apache2.conf"]
            with running(command, tmp_path, port) as gateway:
                alice, bob = Visitor(gateway), Visitor(gateway)
                seen = alice.sign_in("/orders?id=7", "alice")
                assert seen.url.endswith("/orders?id=7"), (tmp_path / "log").read_text()
                told = {name.replace("_", "-"): value for name, value in seen.json().items()}
                assert told["x-remote-user"] == "alice"
                assert told["oidc-claim-email"] == "alice@example.com"
                assert "admins" in told["oidc-claim-cognito-groups"]
                assert alice.get(f"{gateway}/admin", timeout=10).status_code == 200

                assert bob.sign_in("/", "bob").json()["x-remote-user"] == "bob"
                assert bob.get(f"{gateway}/admin", timeout=10).status_code in (401, 403)
                forged = {"x-remote-user": "alice", "oidc_claim_email": "alice@example.com"}
                told = bob.get(f"{gateway}/", headers=forged, timeout=10).json()
                assert told["x-remote-user"] == "bob"
                assert "alice" not in str(told)

                # The module's session ends, and with it the pool's.
                ended = alice.get(
                    f"{gateway}/oauth2/callback",
                    params={"logout": f"{gateway}/"},
                    allow_redirects=False,
                    timeout=10,
                )
                pool = ended.headers["location"]
                assert pool.startswith(f"http://localhost:{own}/logout?client_id="), pool
                back = requests.get(pool, allow_redirects=False, timeout=10)
                assert back.headers["location"] == f"{gateway}/", back.text
                assert not alice.begin("/").startswith(gateway)

                thief = Visitor(gateway)
                back = sign_in(Visitor(gateway).begin("/"), "alice", PASSWORD)
                assert thief.get(back, allow_redirects=False, timeout=10).status_code != 200
                assert not thief.begin("/").startswith(gateway)


def test_terraform(server):
    """The calls of the provider for the resources of the recipe, in its order: Terraform itself is
    in no registry that is reached here."""
    text = block("recipe-terraform")
    for word in ("cognitoidp", "cognitoidentity", "sts"):
        assert f'{word} ' in text
    pool_id = re.search(r'_custom_id_ = "([^"]+)"', text)[1]
    sts, cognito = server.client(service="sts"), server.client()
    assert sts.get_caller_identity()["Account"] == "123456789012"
    made = cognito.create_user_pool(
        PoolName="shop", AutoVerifiedAttributes=["email"], UserPoolTags={"_custom_id_": pool_id}
    )["UserPool"]
    assert made["Id"] == pool_id
    cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    flows = re.search(r"explicit_auth_flows = (\[.*\])", text)[1]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="web", ExplicitAuthFlows=json.loads(flows)
    )["UserPoolClient"]["ClientId"]
    cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client)
    cognito.admin_create_user(UserPoolId=pool_id, Username="ann")
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username="ann", Password=PASSWORD, Permanent=True
    )
    assert cognito.admin_get_user(UserPoolId=pool_id, Username="ann")["UserStatus"] == "CONFIRMED"
    signed_in = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    assert signed_in["AuthenticationResult"]["AccessToken"]
    # `terraform destroy`, from the last to the first.
    cognito.admin_delete_user(UserPoolId=pool_id, Username="ann")
    cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client)
    cognito.delete_user_pool(UserPoolId=pool_id)


def test_testcontainers_knows_the_container_of_the_recipe(monkeypatch):
    """There is no engine here: its part is played, the container is the library's own."""
    engine = mock.MagicMock()
    monkeypatch.setattr(container, "DockerClient", engine)
    started = []

    def start(self):
        started.append(self)
        return self

    monkeypatch.setattr(container.DockerContainer, "start", start)
    monkeypatch.setattr(container.DockerContainer, "stop", lambda self: started.remove(self))
    monkeypatch.setattr(container.DockerContainer, "get_container_host_ip", lambda _: "host")
    monkeypatch.setattr(container.DockerContainer, "get_exposed_port", lambda _, port: port + 1)
    recipe = runpy.run_path(REPOSITORY / "tests/clients/recipes/testcontainers/mocknito.py")
    with recipe["mocknito"]() as url:
        assert url == "http://host:9340"
        assert len(started) == 1 and "9339" in started[0].ports
    assert not started


def test_sam(tmp_path):
    for file, name in {
        "template.yaml": "recipe-sam",
        "orders/app.py": "recipe-sam-orders",
        "claims/app.py": "recipe-sam-claims",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        written(tmp_path, {}, **{file.replace(".", "__"): name})
    flags = ["--fixtures", tmp_path / "template.yaml", "--parameter", "Stage=dev"]
    with Server("--ephemeral", *flags) as server:
        cognito = server.client()
        pool = cognito.list_user_pools(MaxResults=10)["UserPools"][0]
        assert pool["Name"] == "shop-dev"
        client = cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"][0]
        cognito.admin_create_user(
            UserPoolId=pool["Id"],
            Username="ann",
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": "ann@example.com"}],
        )
        cognito.admin_set_user_password(
            UserPoolId=pool["Id"], Username="ann", Password=PASSWORD, Permanent=True
        )
        tokens = cognito.initiate_auth(
            ClientId=client["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        apis = requests.get(f"{server.url}/_mocknito/apis", timeout=10).json()["apis"]
        orders = f"{apis[0]['path_url']}/orders/7"
        opened = requests.get(orders, headers={"authorization": tokens["IdToken"]}, timeout=20)
        assert opened.json() == {"order": "7", "of": "ann@example.com", "tenant": "acme"}
        for token in (None, tokens["AccessToken"], tokens["IdToken"] + "x"):
            headers = {"authorization": token} if token else {}
            assert requests.get(orders, headers=headers, timeout=10).status_code == 401
