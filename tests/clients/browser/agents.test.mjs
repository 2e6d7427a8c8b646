// mcp-remote, which connects desktop agents to servers of the Model Context Protocol, without a
// client id: it registers itself at the pool that an MCP server names, and somebody signs in in a
// browser. The same with Python's clients, and with metadata documents, is in
// ../python/test_agents.py.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { PASSWORD, POOL, call, launchBrowser, openPage, startServer } from "./support.mjs";

const REMOTE = fileURLToPath(import.meta.resolve("mcp-remote/dist/proxy.js"));

let server, browser, folder;
before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), "mcp-remote-"));
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The pool's issuer, as discovery names it. */
async function issuer() {
  const answer = await fetch(`${server.url}/${POOL}/.well-known/openid-configuration`);
  return (await answer.json()).issuer;
}

/** An MCP server whose tool says who calls, for tokens of the pool that are bound to it. */
async function serveTool() {
  const iss = await issuer();
  const keys = createRemoteJWKSet(new URL(`${iss}/.well-known/jwks.json`));
  const http = createServer(async (request, response) => {
    const base = `http://localhost:${http.address().port}`;
    const json = (status, body, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    if (request.url.startsWith("/.well-known/oauth-protected-resource")) {
      return json(200, { resource: `${base}/mcp`, authorization_servers: [iss] });
    }
    if (request.url !== "/mcp") return json(404, {});
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    const verified =
      token &&
      (await jwtVerify(token, keys, { issuer: iss, audience: `${base}/mcp` }).catch(() => null));
    if (!verified) {
      const metadata = `${base}/.well-known/oauth-protected-resource/mcp`;
      return json(401, {}, { "www-authenticate": `Bearer resource_metadata="${metadata}"` });
    }
    const mcp = new McpServer({ name: "who", version: "1.0.0" });
    mcp.tool("who", () => ({
      content: [{ type: "text", text: JSON.stringify(verified.payload) }],
    }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on("close", () => mcp.close());
    await mcp.connect(transport);
    await transport.handleRequest(request, response);
  });
  await new Promise((resolve) => http.listen(0, "localhost", resolve));
  return { url: `http://localhost:${http.address().port}/mcp`, stop: () => http.close() };
}

/** mcp-remote as an agent starts it. `address` becomes what it asks a person to visit. */
function startRemote(url) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [REMOTE, url],
    // No desktop: whoever would open a browser finds none, and the address stands in the log.
    env: { ...process.env, MCP_REMOTE_CONFIG_DIR: folder, DISPLAY: "", BROWSER: "none" },
    stderr: "pipe",
  });
  let log = "";
  const address = new Promise((resolve, reject) => {
    transport.stderr.on("data", (text) => {
      log += text;
      const shown = log.match(/visit(?:ing)?:\s+(http\S+)\s/);
      if (shown) resolve(shown[1]);
    });
    transport.stderr.once("close", () => reject(new Error(log)));
  });
  address.catch(() => {});
  const client = new Client({ name: "test", version: "1.0.0" });
  return { client, address, connected: client.connect(transport), log: () => log };
}

test("mcp-remote is refused where clients do not register themselves", async () => {
  const tool = await serveTool();
  const remote = startRemote(tool.url);
  await assert.rejects(remote.connected);
  assert.match(remote.log(), /dynamic client registration|regist/i);
  tool.stop();
  const { UserPoolClients } = await call(server, "ListUserPoolClients", {
    UserPoolId: POOL,
    ClientType: "DCR",
  });
  assert.deepEqual(UserPoolClients, []);
});

test("mcp-remote registers itself, and a person signs in for it", async () => {
  await call(server, "UpdateUserPool", {
    UserPoolId: POOL,
    DcrConfiguration: { OpenDcrEnabled: true },
  });
  const tool = await serveTool();
  const remote = startRemote(tool.url);
  const { page, complaints } = await openPage(browser);
  await page.goto(await remote.address);
  await page.fill('input[name="username"]', "alice");
  await page.fill('input[name="password"]', PASSWORD);
  // From then on the page is mcp-remote's own.
  assert.deepEqual(complaints, []);
  await page.getByTestId("submit").click();
  await page.waitForURL(/\/oauth\/callback\?/);
  await remote.connected;
  const { content } = await remote.client.callTool({ name: "who" });
  const claims = JSON.parse(content[0].text);
  assert.equal(claims.username, "alice");
  assert.equal(claims.aud, tool.url);
  const { UserPoolClient } = await call(server, "DescribeUserPoolClient", {
    UserPoolId: POOL,
    ClientId: claims.client_id,
  });
  assert.equal(UserPoolClient.ClientType, "DCR");
  await remote.client.close();
  tool.stop();
});
