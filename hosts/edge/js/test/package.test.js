import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SERVED, bundle } from "../bundle.js";
import { AUDIENCE, ISSUER, issue, makeKey } from "./issuer.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** What the package may take on the way to its user, in bytes. */
const MAX_BYTES = 230_000;

test("the packed package works in an empty folder, and is small", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-pack-"));
  t.after(() => rm(folder, { recursive: true }));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const file = path.join(folder, JSON.parse(stdout)[0].filename);
  const { size } = await stat(file);
  assert.ok(size <= MAX_BYTES, `${size} bytes`);
  await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", file], { cwd: folder });
  const key = makeKey("a");
  const settings = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.jwk] } };
  await writeFile(
    path.join(folder, "main.js"),
    `import { createVerifier } from "@countersign/edge";
     import "@countersign/edge/node";
     import "@countersign/edge/fetch";
     import "@countersign/edge/lambda-edge";
     const verifier = await createVerifier(${JSON.stringify(settings)});
     console.log((await verifier.verify("${issue(key)}")).subject);`,
  );
  const answer = await run(process.execPath, ["main.js"], { cwd: folder });
  assert.equal(answer.stdout, "alice\n");
});

test("the script of the page that the server serves is made of this package", async () => {
  const isSame = (await bundle()) === (await readFile(SERVED, "utf8"));
  assert.ok(isSame, `${SERVED} is stale: run \`make page\``);
});
