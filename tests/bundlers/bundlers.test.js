// The packed package works in the bundles of every bundler, in a real browser and in workerd.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { AUDIENCE, ISSUER, issue, makeKey, startKeyServer } from "../../hosts/edge/js/test/issuer.js";
import * as bundlers from "./bundlers.js";

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL("../../hosts/edge/js", import.meta.url));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
/** What a worker may take, compressed: Cloudflare allows 3 MB. */
const MAX_WORKER_BYTES = 300_000;

const key = makeKey("a");
let folder;
let installed;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "countersign-bundlers-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: PACKAGE });
  installed = path.join(folder, "node_modules/@countersign/edge");
  await mkdir(installed, { recursive: true });
  const archive = path.join(folder, JSON.parse(stdout)[0].filename);
  await run("tar", ["--extract", "--file", archive, "--strip-components=1", "--directory", installed]);
});

after(() => rm(folder, { recursive: true }));

async function program() {
  const settings = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.jwk] } };
  const source = path.join(folder, "main.js");
  await writeFile(
    source,
    `import { createVerifier } from "@countersign/edge";
     globalThis.verdicts = (tokens) => createVerifier(${JSON.stringify(settings)}).then((verifier) =>
       Promise.all(tokens.map((token) => verifier.verify(token).then(
         (claims) => claims.subject, (error) => error.reason))));
     document.title = "ready";`,
  );
  return source;
}

// Serves a folder under the policy that the documentation asks for.
async function serve(t, served) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const page = () => `<!doctype html><script type="module" src="${served.program}"></script>`;
    const read = () => readFile(path.join(served.folder, path.normalize(pathname)));
    response.setHeader("content-security-policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.setHeader("content-type", TYPES[path.extname(pathname)] ?? "text/html");
    response.end(pathname === "/" ? page() : await read().catch(() => ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

test("bundles of Vite, webpack, esbuild and Rollup work in a browser", async (t) => {
  const source = await program();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  t.after(() => browser.close());
  const tokens = [issue(key), issue(key, { iat: 0, exp: 1 }), issue(makeKey("b"))];
  for (const name of ["vite", "webpack", "esbuild", "rollup"]) {
    const bundle = path.join(folder, name);
    const address = await serve(t, { folder: bundle, program: await bundlers[name](source, bundle) });
    const page = await browser.newPage();
    const noted = [];
    page.on("pageerror", ({ message }) => noted.push(message));
    await page.goto(address);
    const verdicts = await page.evaluate((tokens) => globalThis.verdicts(tokens), tokens);
    assert.deepEqual(verdicts, ["alice", "expired", "unknown-key"], name);
    assert.deepEqual(noted, [], name);
    await page.close();
  }
});

test("the worker of the example, bundled by wrangler, works in workerd", async (t) => {
  const source = path.join(folder, "worker");
  const built = path.join(folder, "worker-built");
  await cp(path.join(PACKAGE, "examples/worker"), source, { recursive: true });
  await bundlers.wrangler(source, built);
  const files = (await readdir(built)).filter((name) => /\.(js|wasm)$/.test(name));
  const sizes = await Promise.all(
    files.map(async (name) => gzipSync(await readFile(path.join(built, name))).length),
  );
  const bytes = sizes.reduce((sum, each) => sum + each, 0);
  assert.ok(bytes <= MAX_WORKER_BYTES, `${bytes} bytes`);

  const keys = await startKeyServer([key]);
  t.after(keys.stop);
  const issuer = new URL(keys.url).origin;
  const type = (name) => (name.endsWith(".js") ? "ESModule" : "CompiledWasm");
  const miniflare = new Miniflare({
    modules: files
      .sort((a, b) => Number(b === "index.js") - Number(a === "index.js"))
      .map((name) => ({ type: type(name), path: path.join(built, name) })),
    modulesRoot: built,
    compatibilityDate: "2026-01-01",
    bindings: { ISSUER: issuer, AUDIENCE },
  });
  t.after(() => miniflare.dispose());
  const ask = (token) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return miniflare.dispatchFetch("http://worker.test/articles", { headers });
  };
  const good = await ask(issue(key, { iss: issuer }));
  assert.deepEqual([good.status, await good.json()], [200, { reader: "alice" }]);
  for (const [token, status, challenge] of [
    [undefined, 401, /^Bearer$/],
    [issue(key, { iss: issuer, exp: 1, iat: 0 }), 401, /expired/],
    [issue(key, { iss: issuer, roles: [] }), 403, /insufficient_scope/],
  ]) {
    const answer = await ask(token);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get("www-authenticate"), challenge);
  }
  assert.equal(keys.fetches, 1);
});
