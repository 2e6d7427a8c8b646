// A registry of npm's for a test: it has what was packed, as published packages, and nothing else.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const platforms = createRequire(import.meta.url)("../platforms.json");

/** The package for the machine that the tests run on. */
export const HERE = `${process.platform}-${process.arch}`;

/**
 * Packs the program that is tested as a release does, and serves the packages, `@mocknito/test`
 * among them. `without` leaves out the program's own package, as a registry that has none for this
 * platform.
 */
export async function startRegistry({ without } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "mocknito-npm-"));
  const programs = join(folder, "programs");
  await cp(process.env.MOCKNITO_BIN, join(programs, platforms[HERE], "mocknito"));
  const pack = fileURLToPath(new URL("../pack.mjs", import.meta.url));
  await run(process.execPath, [pack, programs, join(folder, "packages"), HERE]);

  const published = new Map();
  const files = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url);
    const answer = published.get(path.slice(1)) ?? files.get(path);
    if (!answer) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
      return;
    }
    response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;

  const helper = fileURLToPath(new URL("../../node", import.meta.url));
  const made = ["mocknito", HERE].filter((name) => name !== without);
  for (const at of [helper, ...made.map((name) => join(folder, "packages", name))]) {
    const words = ["pack", at, "--json", "--pack-destination", folder];
    const [packed] = JSON.parse((await run("npm", words)).stdout);
    // Older versions of npm say the name of the file with the scope's slash in it.
    const file = packed.filename.replace("@", "").replace("/", "-");
    const tarball = await readFile(join(folder, file));
    files.set(`/${file}`, tarball);
    const description = JSON.parse(await readFile(join(at, "package.json"), "utf8"));
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `${url}/${file}`, integrity };
    published.set(description.name, {
      name: description.name,
      "dist-tags": { latest: description.version },
      versions: { [description.version]: { ...description, dist } },
    });
  }

  return {
    url,
    contents: (name) => published.get(name),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
