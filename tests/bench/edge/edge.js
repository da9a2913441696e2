// The verifier for Node beside jose, fast-jwt and aws-jwt-verify, on the same tokens in one run.
// `tests/bench/run edge` builds the package and starts it.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { JwtVerifier } from "aws-jwt-verify";
import { createVerifier as createFastVerifier } from "fast-jwt";
import { importJWK, jwtVerify } from "jose";
import { createVerifier } from "../../../hosts/edge/js/dist/entries/node.js";

const ISSUER = "https://auth.example.org";
const AUDIENCE = "orders";
const WARM_UP = 1_000;
const ROUNDS = 20;
const CALLS = 200;
const STARTS = 15;

const ALGORITHMS = {
  EdDSA: () => generateKeyPairSync("ed25519"),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
};

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function issue(algorithm, privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER, sub: randomUUID(), aud: AUDIENCE, client_id: "countersign", jti: randomUUID(),
    sid: randomUUID(), roles: ["reader"], iat: now, exp: now + 600, auth_time: now, amr: ["pwd"],
  };
  const input = `${encode({ alg: algorithm, kid: "a", typ: "at+jwt" })}.${encode(claims)}`;
  const digest = algorithm === "EdDSA" ? null : "sha256";
  const signature = sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** Each library with the same demands, and without a cache of results. */
async function verifiers(algorithm, publicKey) {
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "a", alg: algorithm, use: "sig" };
  const own = await createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [jwk] } });
  const joseKey = await importJWK(jwk, algorithm);
  const demands = { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt", clockTolerance: 30 };
  const fast = createFastVerifier({
    key: publicKey.export({ format: "pem", type: "spki" }),
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: "at+jwt",
    clockTolerance: 30_000,
    cache: false,
  });
  const aws = JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${ISSUER}/jwks.json` });
  aws.cacheJwks({ keys: [jwk] });
  return {
    "@countersign/edge": (token) => own.verify(token),
    jose: (token) => jwtVerify(token, joseKey, demands),
    "fast-jwt": async (token) => fast(token),
    "aws-jwt-verify": (token) => aws.verify(token),
  };
}

/** Microseconds of each call. The libraries take turns, so that all meet the same disturbances. */
async function measure(libraries, tokens) {
  const samples = Object.fromEntries(Object.keys(libraries).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, verify] of Object.entries(libraries)) {
      for (let call = 0; call < (round === 0 ? WARM_UP : CALLS); call += 1) {
        const began = process.hrtime.bigint();
        await verify(tokens[call % tokens.length]);
        const micros = Number(process.hrtime.bigint() - began) / 1000;
        if (round > 0) {
          samples[name].push(micros);
        }
      }
    }
  }
  return samples;
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))];
}

function report(what, value, target = "") {
  console.log(`  ${what.padEnd(34)} ${value.padStart(32)}   ${target}`.trimEnd());
}

/**
 * Milliseconds in a new process, as medians: to import the package, and to compile its component,
 * instantiate it and judge a first token. What Node takes to load its own modules is not counted.
 */
function start() {
  const entry = new URL("../../../hosts/edge/js/dist/entries/node.js", import.meta.url).href;
  const script = `
    await Promise.all([import("node:crypto"), import("node:fs")]);
    const began = performance.now();
    const { createVerifier } = await import(${JSON.stringify(entry)});
    const imported = performance.now();
    const verifier = await createVerifier({ issuer: "i", audience: "a", jwks: { keys: [] } });
    await verifier.verify("a.b.c").catch(() => undefined);
    console.log(JSON.stringify([imported - began, performance.now() - imported]));`;
  const run = () => JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", script]));
  const runs = Array.from({ length: STARTS }, run);
  return [0, 1].map((part) => `${quantile(runs.map((run) => run[part]), 0.5).toFixed(1)} ms`);
}

console.log(`edge, Node ${process.versions.node}, ${ROUNDS * CALLS} calls each`);
for (const [algorithm, makeKeys] of Object.entries(ALGORITHMS)) {
  const { publicKey, privateKey } = makeKeys();
  const tokens = Array.from({ length: 50 }, () => issue(algorithm, privateKey));
  const samples = await measure(await verifiers(algorithm, publicKey), tokens);
  const medians = Object.entries(samples).map(([name, values]) => [name, quantile(values, 0.5)]);
  const [[own, base], ...others] = medians;
  const show = (name, median) =>
    `${median.toFixed(1)} µs, p99 ${quantile(samples[name], 0.99).toFixed(1)} µs`;
  report(`${algorithm}, ${own}`, show(own, base), "median at most 200 µs, p99 1 ms");
  const targets = { jose: "at most 1.5×", "fast-jwt": "at most 2.0×" };
  for (const [name, median] of others) {
    report(`  ${name}`, show(name, median), `${(base / median).toFixed(2)}×, ${targets[name] ?? "no aim"}`);
  }
}
const [imported, ready] = start();
report("in a new process: import", imported);
report("compile, instantiate, first verdict", ready, "at most 20 ms");
