import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifier } from "@countersign/edge";
import { AUDIENCE, ISSUER, issue, makeKey, startKeyServer } from "./issuer.js";

const COOL_DOWN = 30_000;
const SOFT_TTL = 300_000;
const HARD_TTL = 3_600_000;

// A verifier with a clock that the test moves; tokens live long enough for every test.
async function setUp(t, keys) {
  const server = await startKeyServer(keys);
  t.after(server.stop);
  const clock = { now: Date.now() };
  const verifier = await createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUrl: server.url,
    now: () => clock.now,
  });
  const token = (key) => issue(key, { exp: Math.floor(clock.now / 1000) + 100_000 });
  return { server, clock, verifier, token };
}

const refused = (reason) => ({ name: "TokenRefused", reason });
const unavailable = { name: "KeysUnavailable" };

// Waits for what a fetch in the background brings about; the runner's limit of time ends it.
async function until(holds) {
  while (!(await holds())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const fetched = (server, count) => until(() => server.fetches >= count);

test("10,000 random key ids cause one fetch in each cool-down", async (t) => {
  const key = makeKey("a");
  const { server, clock, verifier, token } = await setUp(t, [key]);
  await verifier.verify(token(key));
  assert.equal(server.fetches, 1);
  const stranger = issue(makeKey("x"), {}, { kid: "KID" });
  const [, claims, signature] = stranger.split(".");
  for (let at = 0; at < 10_000; at += 1) {
    const header = { alg: "EdDSA", kid: `random ${at}`, typ: "at+jwt" };
    const head = Buffer.from(JSON.stringify(header)).toString("base64url");
    await assert.rejects(verifier.verify(`${head}.${claims}.${signature}`), refused("unknown-key"));
  }
  assert.equal(server.fetches, 1);
  clock.now += COOL_DOWN;
  const flood = Array.from({ length: 50 }, () => verifier.verify(stranger));
  assert.ok((await Promise.allSettled(flood)).every(({ status }) => status === "rejected"));
  assert.equal(server.fetches, 2);
});

test("concurrent verifications share the first fetch", async (t) => {
  const key = makeKey("a");
  const { server, verifier, token } = await setUp(t, [key]);
  const tokens = Array.from({ length: 100 }, () => token(key));
  await Promise.all(tokens.map((each) => verifier.verify(each)));
  assert.equal(server.fetches, 1);
});

test("no malformed token causes a fetch", async (t) => {
  const { server, verifier, token } = await setUp(t, [makeKey("a")]);
  const good = token(makeKey("a"));
  for (const [bad, reason] of [
    ["", "malformed"],
    [undefined, "malformed"],
    [`${good}=`, "malformed"],
    ["a".repeat(1 << 20), "too-large"],
    [issue(makeKey("a"), {}, { typ: "JWT" }), "wrong-type"],
    [issue(makeKey("a"), {}, { alg: "none" }), "unknown-key"],
    [issue(makeKey("a"), {}, { jku: "https://attacker.example" }), "malformed"],
  ]) {
    await assert.rejects(verifier.verify(bad), refused(reason));
  }
  assert.equal(server.fetches, 0);
});

test("an added key is used within one cool-down, and a withdrawn one is gone after the soft TTL", async (t) => {
  const [first, second] = [makeKey("a"), makeKey("b")];
  const { server, clock, verifier, token } = await setUp(t, [first]);
  await verifier.verify(token(first));
  await assert.rejects(verifier.verify(token(second)), refused("unknown-key"));
  server.keys = [second];
  clock.now += COOL_DOWN;
  await verifier.verify(token(second));
  await assert.rejects(verifier.verify(token(first)), refused("unknown-key"));

  server.keys = [first];
  clock.now += SOFT_TTL;
  const before = server.fetches;
  await verifier.verify(token(second));
  await until(() => verifier.verify(token(second)).then(() => false, ({ reason }) => reason === "unknown-key"));
  assert.equal(server.fetches, before + 1);
});

test("keys outlive a server that is down until their hard TTL, and no longer", async (t) => {
  const key = makeKey("a");
  const { server, clock, verifier, token } = await setUp(t, [key]);
  await verifier.verify(token(key));
  server.answer = (_, response) => response.writeHead(500).end();
  clock.now += HARD_TTL - 1;
  await verifier.verify(token(key));
  await fetched(server, 2);
  clock.now += 1;
  await assert.rejects(verifier.verify(token(key)), unavailable);
  server.answer = undefined;
  clock.now += 1_000;
  await verifier.verify(token(key));
});

test("a clock that stepped back causes a fetch and no failure", async (t) => {
  const key = makeKey("a");
  const { server, clock, verifier, token } = await setUp(t, [key]);
  const later = token(key);
  await verifier.verify(later);
  clock.now -= 20_000;
  await verifier.verify(later);
  await fetched(server, 2);
});

test("no bad answer is taken for keys", async (t) => {
  const key = makeKey("a");
  const send = (text) => (_, response) => response.end(text);
  const set = (...keys) => JSON.stringify({ keys });
  for (const [name, answer] of Object.entries({
    "an error": (_, response) => response.writeHead(404).end(set(key.jwk)),
    "a redirect": (_, response) => response.writeHead(302, { location: "/other" }).end(set(key.jwk)),
    "no JSON": send("<html>"),
    "not UTF-8": send(Buffer.from([0xff, 0xfe])),
    "too large": send(JSON.stringify({ keys: [key.jwk], pad: "x".repeat(70_000) })),
    "without an end": (_, response) => {
      const more = () => response.write("x".repeat(16_384), () => response.destroyed || more());
      more();
    },
    "a private key": send(set(key.jwk, { ...makeKey("b").jwk, d: "AAAA" })),
    "two keys of one id": send(set(key.jwk, makeKey("a").jwk)),
    "a cut connection": (request) => request.socket.destroy(),
  })) {
    const { server, verifier, token } = await setUp(t, [key]);
    server.answer = answer;
    await assert.rejects(verifier.verify(token(key)), unavailable, name);
    assert.equal(server.fetches, 1, name);
  }
});

test("a server that is slow is left after three seconds", async (t) => {
  const timeout = AbortSignal.timeout;
  const limits = [];
  t.mock.method(AbortSignal, "timeout", (millis) => {
    limits.push(millis);
    return timeout(millis / 30);
  });
  const key = makeKey("a");
  for (const [name, answer] of Object.entries({
    "says nothing": () => undefined,
    "sends a byte now and then": (_, response) => {
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(timer));
    },
  })) {
    const { server, verifier, token } = await setUp(t, [key]);
    server.answer = answer;
    await assert.rejects(verifier.verify(token(key)), unavailable, name);
  }
  assert.deepEqual(limits, [3_000, 3_000]);
});

test("settings that are wrong are named", async () => {
  const good = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [] } };
  const fetching = { ...good, jwks: undefined };
  for (const [changed, words] of [
    [{ ...good, issuer: "" }, /`issuer`/],
    [{ ...good, audience: undefined }, /`audience`/],
    [fetching, /`jwks` and `jwksUrl`/],
    [{ ...good, jwksUrl: "https://a.example" }, /`jwks` and `jwksUrl`/],
    [{ ...fetching, jwksUrl: "http://auth.example.org/jwks.json" }, /http:\/\/auth\.example\.org/],
    [{ ...fetching, jwksUrl: "file:///etc/keys" }, /https/],
    [{ ...good, leewaySeconds: 61 }, /`leewaySeconds`/],
    [{ ...fetching, jwksUrl: "https://a.example", softTtlSeconds: 7200 }, /`softTtlSeconds`/],
    [{ ...good, policy: "[roles" }, /`policy` is not valid:\n1:/],
  ]) {
    await assert.rejects(createVerifier(changed), { name: "InvalidSetting", message: words });
  }
});
