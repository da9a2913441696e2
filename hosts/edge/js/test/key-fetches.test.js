import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FRESHNESS, FetchedKeys } from "../dist/key-source.js";

// The scenarios that the native cache of keys runs too.
const scenarios = JSON.parse(
  readFileSync(new URL("../../../../tests/vectors/key-fetches.json", import.meta.url), "utf8"),
);
const settled = () => new Promise((resolve) => setImmediate(resolve));

for (const { name, random = 0, steps } of scenarios) {
  test(`keys are fetched by the shared scenarios: ${name}`, async () => {
    const issuer = { published: "down", fetches: 0 };
    let now = 0;
    const fetchKeys = async () => {
      issuer.fetches += 1;
      if (!Array.isArray(issuer.published)) {
        throw new Error(issuer.published);
      }
      return new Map(issuer.published.map((id) => [id, { id }]));
    };
    const keys = new FetchedKeys(fetchKeys, FRESHNESS, () => now, () => random);
    const find = async (id) => {
      try {
        return (await keys.find(id)) ? "found" : "unknown";
      } catch (error) {
        assert.equal(error.name, "KeysUnavailable");
        return "unavailable";
      }
    };
    for (const { at, published, find: id, ids = 0, callers = 1, answer, fetches } of steps) {
      now = at;
      issuer.published = published ?? issuer.published;
      const caller = async () => {
        const answers = [await find(id)];
        for (let each = 0; each < ids; each += 1) {
          answers.push(await find(`${id} ${each}`));
        }
        return answers;
      };
      const answers = await Promise.all(Array.from({ length: callers }, caller));
      assert.deepEqual([...new Set(answers.flat())], [answer], `at ${at}`);
      // What goes on in the background ends before the next step.
      await settled();
      assert.equal(issuer.fetches, fetches, `fetches at ${at}`);
    }
  });
}
