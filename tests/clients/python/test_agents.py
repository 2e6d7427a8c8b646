"""Agents that nobody has told a client id: unmodified clients of the Model Context Protocol sign
somebody in in a browser, at a pool that an MCP server names as its authorization server. Some
publish a metadata document, others register themselves."""

import asyncio
import contextlib
import http.server
import json
import os
import ssl
import threading
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
import requests
import trustme
import uvicorn
from fastmcp import Client, FastMCP
from fastmcp.client.auth import OAuth
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata
from playwright.async_api import async_playwright

from support import PASSWORD, Server, free_port

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
USER = "ada"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The authority behind the certificates of those who publish documents."""
    authority = trustme.CA()
    authority.file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(authority.file)
    return authority


@pytest.fixture(scope="module")
def server(authority):
    # What is trusted beside the machine's own authorities.
    with Server("--ephemeral", env={"SSL_CERT_FILE": str(authority.file)}) as server:
        yield server


@pytest.fixture
def pool(server):
    """A pool with a domain and a user."""
    cognito = server.client()
    pool = cognito.create_user_pool(PoolName="agents")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=f"agents-{free_port()}")
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=USER,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "ada@example.com"}],
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=USER, Password=PASSWORD, Permanent=True
    )
    yield pool


@contextlib.asynccontextmanager
async def mcp_server(server, pool):
    """An MCP server whose tool says who calls: it takes the pool's tokens that are bound to it."""
    port = free_port()
    url = f"http://localhost:{port}"
    issuer = server.discovery(pool)["issuer"]
    verifier = JWTVerifier(
        jwks_uri=f"{issuer}/.well-known/jwks.json", issuer=issuer, audience=f"{url}/mcp"
    )
    auth = RemoteAuthProvider(
        token_verifier=verifier, authorization_servers=[issuer], base_url=url
    )
    mcp = FastMCP("who", auth=auth)

    @mcp.tool
    def who() -> str:
        token = get_access_token()
        return json.dumps(jwt.decode(token.token, options={"verify_signature": False}))

    config = uvicorn.Config(mcp.http_app(), host="localhost", port=port, log_level="warning")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.02)
    try:
        yield f"{url}/mcp"
    finally:
        running.should_exit = True
        await task


@contextlib.asynccontextmanager
async def browser_page():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def sign_in(page, url):
    """What a person does with the address that the agent opens."""
    response = await page.goto(url)
    assert response.status == 200, await page.inner_text("body")
    await page.fill('input[name="username"]', USER)
    await page.fill('input[name="password"]', PASSWORD)
    await page.get_by_test_id("submit").click()


class InBrowser(OAuth):
    """fastmcp's own OAuth, which opens a browser: here one without a window."""

    def __init__(self, page, **settings):
        super().__init__(**settings)
        self.page = page
        self.opened = []
        self.visits = []

    async def redirect_handler(self, authorization_url):
        self.opened.append(authorization_url)
        # The agent listens for the answer only after this.
        self.visits.append(asyncio.create_task(sign_in(self.page, authorization_url)))


async def call_with_fastmcp(server, pool, **settings):
    """What the tool says, and the address that the agent opened."""
    async with browser_page() as page, mcp_server(server, pool) as url:
        auth = InBrowser(page, **settings)
        async with Client(url, auth=auth) as client:
            result = await client.call_tool("who")
        return json.loads(result.data), dict(parse_qsl(urlsplit(auth.opened[0]).query))


async def call_with_fastmcp(server, pool, **settings):
    """What the tool says of the token, and what the agent asked at the address that it opened."""
    async with browser_page() as page, mcp_server(server, pool) as url:
        auth = InBrowser(page, **settings)
        async with Client(url, auth=auth) as client:
            result = await client.call_tool("who")
        asked = parse_qs(urlsplit(auth.opened[0]).query)
        return json.loads(result.data), {name: values[0] for name, values in asked.items()}


class Memory:
    """Where the SDK's client keeps what it has."""

    tokens = client_info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


async def call_with_sdk(server, pool, callback, client_metadata_url=None):
    """What the tool says of the token to the SDK's own client, and that client's storage."""
    storage, opened = Memory(), []

    async with browser_page() as page, mcp_server(server, pool) as url:

        async def open_browser(authorization_url):
            opened.append(authorization_url)

        async def come_back():
            # Nobody listens at the callback: what counts is where the browser is sent.
            async with page.expect_request(f"{callback}?*") as request:
                await sign_in(page, opened[0])
            answer = parse_qs(urlsplit((await request.value).url).query)
            return AuthorizationCodeResult(code=answer["code"][0], state=answer["state"][0])

        provider = OAuthClientProvider(
            server_url=url,
            client_metadata=OAuthClientMetadata(
                client_name="The SDK's client (unmodified)",
                redirect_uris=[callback],
                grant_types=["authorization_code", "refresh_token"],
                response_types=["code"],
            ),
            storage=storage,
            redirect_handler=open_browser,
            callback_handler=come_back,
            client_metadata_url=client_metadata_url,
        )
        async with (
            httpx2.AsyncClient(auth=provider, timeout=30) as http_client,
            streamable_http_client(url, http_client=http_client) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            result = await session.call_tool("who", {})
        return json.loads(result.content[0].text), storage


class Publisher:
    """Where clients publish their metadata documents, by https: each path is a client's."""

    def __init__(self, authority, callback):
        publisher = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                publisher.asked.append(self.path)
                document = {
                    "client_id": publisher.at(self.path),
                    "client_name": "An agent",
                    "redirect_uris": [callback],
                    "grant_types": ["authorization_code", "refresh_token"],
                    "response_types": ["code"],
                    "token_endpoint_auth_method": "none",
                }
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path):
        return f"https://localhost:{self.server.server_port}{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def open_registration(server, pool):
    server.client().update_user_pool(UserPoolId=pool, DcrConfiguration={"OpenDcrEnabled": True})


def let_in(server, pool, *patterns):
    """Lets clients with documents at these addresses act as a new app client. Gives its id."""
    cognito = server.client()
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="agents",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=["https://agents.example.com/unused"],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]
    cognito.create_cimd_policy(
        UserPoolId=pool, ClientId=client, PolicyName="agents", URLPatterns=patterns
    )
    return client


@pytest.mark.filterwarnings("ignore:Using in-memory token storage")
class TestFastMcp:
    def test_registers_itself_and_calls_a_tool(self, server, pool):
        cognito = server.client()
        open_registration(server, pool)
        claims, asked = asyncio.run(call_with_fastmcp(server, pool))
        assert claims["username"] == USER
        assert claims["client_id"] == asked["client_id"]
        # The token is for this MCP server alone.
        assert claims["aud"] == asked["resource"]
        client = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=asked["client_id"])
        assert client["UserPoolClient"]["CallbackURLs"] == [asked["redirect_uri"]]

    def test_signs_in_by_its_document_at_any_port_of_its_callback(self, server, pool, authority):
        with Publisher(authority, "http://localhost/callback") as publisher:
            client = let_in(server, pool, publisher.at("/agents/*"))
            document = publisher.at("/agents/fast.json")
            claims, asked = asyncio.run(
                call_with_fastmcp(server, pool, client_metadata_url=document)
            )
        assert asked["client_id"] == document
        assert claims["username"] == USER
        assert claims["client_id"] == client
        assert set(publisher.asked) == {"/agents/fast.json"}

    def test_cannot_register_where_it_is_off(self, server, pool):
        with pytest.raises(Exception, match="(?i)regist"):
            asyncio.run(call_with_fastmcp(server, pool))
        listed = server.client().list_user_pool_clients(UserPoolId=pool)
        assert listed["UserPoolClients"] == []


class TestSdk:
    """The client of PyPI's `mcp`, by itself."""

    callback = "http://localhost:1/callback"

    def test_registers_itself_and_calls_a_tool(self, server, pool):
        cognito = server.client()
        open_registration(server, pool)
        claims, storage = asyncio.run(call_with_sdk(server, pool, self.callback))
        assert claims["username"] == USER
        client = cognito.describe_user_pool_client(
            UserPoolId=pool, ClientId=storage.client_info.client_id
        )["UserPoolClient"]
        assert client["ClientName"] == "The SDK_s client _unmodified_"
        assert claims["client_id"] == client["ClientId"]

    def test_signs_in_by_its_document(self, server, pool, authority):
        with Publisher(authority, self.callback) as publisher:
            client = let_in(server, pool, publisher.at("/agents/*"))
            document = publisher.at("/agents/sdk.json")
            claims, storage = asyncio.run(
                call_with_sdk(server, pool, self.callback, client_metadata_url=document)
            )
        assert storage.client_info.client_id == document
        assert (claims["username"], claims["client_id"]) == (USER, client)
        assert server.discovery(pool)["client_id_metadata_document_supported"] is True
        # What it got is good for more by its URL, and by no other name.
        for name, error in [(client, "invalid_grant"), (document, None)]:
            form = {
                "grant_type": "refresh_token",
                "client_id": name,
                "refresh_token": storage.tokens.refresh_token,
            }
            answer = requests.post(f"{server.url}/oauth2/token", data=form, timeout=5)
            assert answer.json().get("error") == error, name

    def test_is_refused_where_no_pattern_matches(self, server, pool, authority):
        with Publisher(authority, self.callback) as publisher:
            let_in(server, pool, publisher.at("/agents/*"))
            document = publisher.at("/others/sdk.json")
            with pytest.raises(Exception) as refused:
                asyncio.run(
                    call_with_sdk(server, pool, self.callback, client_metadata_url=document)
                )
        said = "".join(traceback.format_exception(refused.value))
        assert f"{document} does not exist" in said
        # Strangers choose such addresses, so nobody even went there.
        assert publisher.asked == []
