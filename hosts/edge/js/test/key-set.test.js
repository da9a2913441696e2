import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseKeySet } from "../dist/key-set.js";
import { platform } from "../dist/entries/node.js";
import { importWebKey } from "../dist/web-crypto.js";

// The cases that the native keyring runs too.
const cases = JSON.parse(
  readFileSync(new URL("../../../../tests/vectors/key-sets.json", import.meta.url), "utf8"),
);

for (const [name, importKey] of Object.entries({ "node:crypto": platform.importKey, WebCrypto: importWebKey })) {
  test(`key sets are read by the shared cases, with ${name}`, async () => {
    for (const { name, set, ids } of cases) {
      const read = await parseKeySet(set, { importKey }).then(
        (keys) => [...keys.keys()],
        () => "refused",
      );
      assert.deepEqual(read, ids, name);
    }
  });
}
