#!/usr/bin/env node
// Writes a function for Lambda@Edge with its settings baked in:
//
//     countersign-lambda-edge SETTINGS.json FOLDER
//
// The settings are those of `createVerifier`, where `policyFile` may name a file instead of `policy`,
// and `permission`, `cookie` and `loginUrl`. Settings that are wrong are refused here and not at the
// edge. Deploy the folder to us-east-1 with the handler `index.handler`.

import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createVerifier } from "../dist/entries/node.js";

/** What CloudFront takes of a function for viewer requests, zipped. */
const MAX_ZIPPED_BYTES = 1_000_000;
const USED = ["component", "entries/node", "entries/shared", "handlers/gate", "handlers/lambda-edge"];

async function main([settingsFile, folder]) {
  if (folder === undefined) {
    throw new Error("usage: countersign-lambda-edge SETTINGS.json FOLDER");
  }
  const settings = JSON.parse(await readFile(settingsFile, "utf8"));
  const { permission, cookie, loginUrl, policyFile, ...verifier } = settings;
  if (policyFile !== undefined) {
    verifier.policy = await readFile(path.resolve(path.dirname(settingsFile), policyFile), "utf8");
  }
  const made = await createVerifier(verifier);
  if (permission !== undefined) {
    made.decide({ subject: "", roles: [] }, permission);
  }
  if (loginUrl !== undefined && new URL(loginUrl).protocol !== "https:") {
    throw new Error(`\`loginUrl\` must be an https URL: \`${loginUrl}\``);
  }
  await writeFunction(folder, verifier, { permission, cookie, loginUrl });
  const bytes = await zippedBytes(folder);
  if (bytes > MAX_ZIPPED_BYTES) {
    throw new Error(`the function has ${bytes} bytes zipped: CloudFront takes ${MAX_ZIPPED_BYTES}`);
  }
  console.log(`${folder}: ${bytes} bytes zipped`);
}

async function writeFunction(folder, verifier, demand) {
  const dist = fileURLToPath(new URL("../dist", import.meta.url));
  await mkdir(folder, { recursive: true });
  const isUsed = (source) => {
    const name = path.relative(dist, source);
    const isOther =
      /^page|^(entries|handlers)\/./.test(name) && !USED.includes(name.replace(/\.js$/, ""));
    return !isOther && !name.endsWith(".d.ts");
  };
  await cp(dist, path.join(folder, "dist"), { recursive: true, filter: isUsed });
  await writeFile(path.join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(
    path.join(folder, "index.js"),
    `import { createVerifier } from "./dist/entries/node.js";
import { viewerRequest } from "./dist/handlers/lambda-edge.js";

export const handler = viewerRequest(
  createVerifier(${JSON.stringify(verifier, null, 2)}),
  ${JSON.stringify(demand)},
);
`,
  );
}

async function zippedBytes(folder) {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      sum += gzipSync(await readFile(path.join(entry.parentPath ?? entry.path, entry.name))).length;
    }
  }
  return sum;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`countersign-lambda-edge: ${error.message}`);
  process.exitCode = 1;
});
