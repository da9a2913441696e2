// The JavaScript sample of the documentation accepts an issued token and refuses forgeries of it.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { errors } from "jose";

const servers = JSON.parse(process.env.SERVERS);
const page = new URL("../../docs/how-to/check-tokens.md", import.meta.url);

/** The function `check` of the page, for this server. */
async function sample({ issuer, audience, algorithm }) {
  let [, code] = (await readFile(page, "utf8")).match(/```js\n(.*?)```/s);
  for (const [said, meant] of [
    ["http://127.0.0.1:8080", issuer],
    ['"countersign"', `"${audience}"`],
    ['"ES256"', `"${algorithm}"`],
  ]) {
    assert.ok(code.includes(said));
    code = code.replaceAll(said, meant);
  }
  // The sample must be in this folder, so that it finds `jose`.
  const file = new URL(`./node_modules/.sample-${algorithm}.mjs`, import.meta.url);
  await writeFile(file, code);
  return (await import(file)).check;
}

for (const server of servers) {
  test(`the sample of the documentation checks ${server.algorithm}`, async () => {
    const check = await sample(server);
    assert.deepEqual((await check(server.token)).roles, ["admin"]);
    for (const [name, token] of Object.entries(server.forgeries)) {
      await assert.rejects(check(token), errors.JOSEError, name);
    }
  });
}
