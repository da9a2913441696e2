// Each example is started as its reader would start it.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AUDIENCE, issue, makeKey, startKeyServer } from "./issuer.js";

const run = promisify(execFile);
const examples = fileURLToPath(new URL("../examples", import.meta.url));
const key = makeKey("a");

async function setUp(t) {
  const keys = await startKeyServer([key]);
  t.after(keys.stop);
  const issuer = new URL(keys.url).origin;
  const variables = { COUNTERSIGN_ISSUER: issuer, COUNTERSIGN_AUDIENCE: AUDIENCE, PORT: "0" };
  return { variables, token: (claims) => issue(key, { iss: issuer, ...claims }) };
}

async function check(ask, token) {
  const bearer = (text) => ({ headers: { authorization: `Bearer ${text}` } });
  const good = await ask("/articles", bearer(token()));
  assert.deepEqual([good.status, await good.json()], [200, { reader: "alice" }]);
  assert.equal((await ask("/articles", {})).status, 401);
  assert.equal((await ask("/articles", bearer(token({ roles: [] })))).status, 403);
}

for (const name of ["node", "express", "fastify"]) {
  test(`the example ${name}.js lets readers in`, async (t) => {
    const { variables, token } = await setUp(t);
    const service = spawn(process.execPath, [path.join(examples, `${name}.js`)], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => service.kill());
    const [port] = await once(service.stdout, "data");
    const address = `http://127.0.0.1:${Number(port)}`;
    await check((path, options) => fetch(address + path, options), token);
  });
}

test("the example hono.js lets readers in", async (t) => {
  const { variables, token } = await setUp(t);
  Object.assign(process.env, variables);
  const { default: app } = await import("../examples/hono.js");
  await check((path, options) => app.request(path, options), token);
});

test("the settings of the example for Lambda@Edge make a function", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-edge-"));
  t.after(() => rm(folder, { recursive: true }));
  const command = fileURLToPath(new URL("../bin/lambda-edge.js", import.meta.url));
  const words = [command, path.join(examples, "lambda-edge.json"), path.join(folder, "function")];
  const { stdout } = await run(process.execPath, words);
  assert.match(stdout, /bytes zipped/);
});
