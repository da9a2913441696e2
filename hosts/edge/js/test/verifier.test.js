import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { SHA256, createVerifier } from "@countersign/edge";
import { Component } from "../dist/component.js";
import { platform } from "../dist/entries/node.js";
import { AUDIENCE, ISSUER, POLICY, issue, makeKey } from "./issuer.js";

const key = makeKey("a");
const settings = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.jwk] }, policy: POLICY };

test("a token gives its claims, and the policy decides for them", async () => {
  const verifier = await createVerifier(settings);
  const { claims, decision } = await verifier.authorize(issue(key), "articles:read");
  assert.equal(claims.subject, "alice");
  assert.equal(typeof claims.expiresAt, "number");
  assert.deepEqual(decision, {
    allowed: true,
    by: { role: "reader", rule: "articles:read", via: ["reader"] },
  });
  assert.deepEqual(verifier.decide(claims, "articles:write"), { allowed: false });
  assert.equal(verifier.decide(claims, "articles:write", "alice").allowed, true);
  assert.throws(() => verifier.decide(claims, "articles"), { name: "MalformedPermission" });
  const { policy, ...others } = settings;
  const keyless = await createVerifier(others);
  assert.throws(() => keyless.decide(claims, "articles:read"), /`policy`/);
});

test("a call that traps costs that call alone", async () => {
  let isBroken = true;
  const now = () => {
    if (isBroken) {
      throw new Error("no clock");
    }
    return Date.now();
  };
  const verifier = await createVerifier({ ...settings, now });
  await assert.rejects(verifier.verify(issue(key)), { name: "ComponentFailed" });
  isBroken = false;
  await verifier.verify(issue(key));
});

test("concurrent verifications do not see each other's signatures", async () => {
  const verifier = await createVerifier(settings);
  const forged = issue({ ...makeKey("a"), kid: "a" });
  const tokens = Array.from({ length: 200 }, (_, at) => (at % 2 ? forged : issue(key, { sub: `${at}` })));
  const results = await Promise.allSettled(tokens.map((token) => verifier.verify(token)));
  for (const [at, { status, value, reason }] of results.entries()) {
    assert.equal(status === "fulfilled" ? value.subject : reason.reason, at % 2 ? "bad-signature" : `${at}`);
  }
});

test("the keyring answers for the checked signature alone", () => {
  const component = new Component(platform.loadModules(), Date.now, new Map());
  const [token, other] = [issue(key), issue(key, { sub: "mallory" })];
  const expected = { issuer: ISSUER, audience: AUDIENCE, leewaySeconds: 0 };
  const checked = { ...component.readSignature(token), algorithm: "ed-dsa", isRight: true };
  assert.equal(component.verify(token, expected, checked).subject, "alice");
  assert.throws(() => component.verify(other, expected, checked), { reason: "bad-signature" });
  const ofOtherKey = { ...checked, keyId: "b" };
  assert.throws(() => component.verify(token, expected, ofOtherKey), { reason: "unknown-key" });
});

test("a token of a megabyte leaves no large memory behind", async () => {
  const verifier = await createVerifier(settings);
  await assert.rejects(verifier.verify(`${issue(key)}${"a".repeat(1 << 20)}`), { reason: "too-large" });
  await verifier.verify(issue(key));
});

test("the package names its component, and holds no word of a shared secret or of logging", async () => {
  const target = process.env.CARGO_TARGET_DIR ?? "../../../target";
  const folder = new URL(`../${target}/component/`, import.meta.url);
  const bytes = await readFile(new URL("countersign.wasm", folder));
  assert.equal(SHA256, createHash("sha256").update(bytes).digest("hex"));
  const glue = await readFile(new URL("../dist/component/countersign.js", import.meta.url), "utf8");
  assert.doesNotMatch(glue, /process\.env|process\?\.env|JCO_DEBUG|console\.debug/);
});
