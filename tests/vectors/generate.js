// Writes the vectors: `node generate.js [FILE]`. The same seed gives the same bytes.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { decisionVectors } from "./decisions.js";
import { JWKS } from "./keys.js";
import { seeded } from "./seeded.js";
import { ISSUER, tokenVectors } from "./tokens.js";

const SEED = "countersign 1";
const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, "../../target");

export async function generate() {
  return {
    issuer: ISSUER,
    jwks: JWKS,
    policy: await readFile(path.join(here, "policy.toml"), "utf8"),
    tokens: tokenVectors(seeded(`${SEED} tokens`)),
    decisions: decisionVectors(seeded(`${SEED} decisions`)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? path.join(target, "vectors/vectors.json");
  const vectors = await generate();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(vectors));
  console.log(`${file}: ${vectors.tokens.length} tokens, ${vectors.decisions.length} decisions`);
}
