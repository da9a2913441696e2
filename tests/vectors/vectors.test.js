// One verdict everywhere: every host agrees with every vector, and runs the same component.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "./generate.js";
import * as hosts from "./hosts.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, "../../target");
const NAMES = {
  native: "native runtime",
  gateway: "gateway",
  authorizer: "Lambda authorizer",
  node: "Node",
  deno: "Deno",
  bun: "Bun",
  worker: "workerd",
  browser: "Chromium",
  python: "Python",
};
const table = [];
let folder;
let file;
let text;
let component;
let readme;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "countersign-vectors-"));
  file = path.join(folder, "vectors.json");
  text = JSON.stringify(await generate());
  await writeFile(file, text);
  const bytes = await readFile(path.join(target, "component/countersign.wasm"));
  readme = await readFile(path.join(here, "../../README.md"), "utf8");
  component = createHash("sha256").update(bytes).digest("hex");
});

after(async () => {
  await rm(folder, { recursive: true });
  for (const line of table) {
    console.log(line);
  }
});

test("the same seed gives the same bytes, and enough vectors of every verdict", async () => {
  assert.equal(JSON.stringify(await generate()), text);
  const { tokens, decisions } = JSON.parse(text);
  const withoutOwner = decisions.filter(({ owner }) => owner === null);
  assert.ok(tokens.length >= 2000 && withoutOwner.length >= 2000);
  const verdicts = new Set(tokens.map(({ verdict }) => verdict));
  assert.deepEqual([...verdicts].sort(), [
    "bad-signature", "expired", "malformed", "not-yet-valid", "too-large", "unknown-key",
    "unsupported-critical", "valid", "wrong-audience", "wrong-issuer", "wrong-type",
  ]);
});

for (const [host, name] of Object.entries(NAMES)) {
  test(`${name} gives every verdict`, async () => {
    const result = await hosts[host](file);
    const { tokens, decisions, differences, sha256 } = result;
    const counts = [tokens, decisions, differences.length].map((count) => count.toLocaleString("en"));
    const row = `| ${[name, ...counts].join(" | ")} |`;
    table.push(`${row} ${sha256}`);
    assert.deepEqual(differences, []);
    assert.equal(sha256, component);
    assert.ok(readme.includes(`\n${row}\n`), `README.md lacks the row: ${row}`);
  });
}

// Cloudflare gives a worker one second of a processor to start.
test("a worker starts, and judges its first token, within a second of a processor", async (t) => {
  const vectors = JSON.parse(text);
  const one = { ...vectors, tokens: vectors.tokens.slice(0, 1), decisions: [] };
  const { result, seconds } = await hosts.inWorker(JSON.stringify(one));
  assert.deepEqual([result.tokens, result.differences], [1, []]);
  t.diagnostic(`${seconds} s`);
  assert.ok(seconds === undefined || seconds < 1, `${seconds} s`);
});

test("the table of the README has a row for each host and no other", () => {
  const rows = readme.match(/^\| host \| tokens .*\n\|[-|]+\n((?:\|.*\n)+)/m)[1].trim().split("\n");
  assert.deepEqual(rows.map((row) => row.split(" | ")[0].slice(2)), Object.values(NAMES));
});

test("a wrong verdict is found", async () => {
  const vectors = JSON.parse(text);
  vectors.tokens = [{ ...vectors.tokens[0], verdict: "expired" }];
  const allowed = vectors.decisions.find(({ owner, verdict }) => owner === null && verdict.allowed);
  vectors.decisions = [{ ...allowed, verdict: "never" }];
  const changed = path.join(folder, "changed.json");
  await writeFile(changed, JSON.stringify(vectors));
  for (const host of ["native", "gateway", "authorizer", "node", "python"]) {
    assert.equal((await hosts[host](changed)).differences.length, 2, host);
  }
});
