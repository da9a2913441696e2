// The keys of the vectors. They are for tests alone: anybody can compute them.

import { createHash, createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { p256 } from "@noble/curves/nist.js";

const digest = (text) => createHash("sha256").update(text).digest();
const encode = (bytes) => Buffer.from(bytes).toString("base64url");

// RFC 8410 §7: what stands before the 32 bytes of a private key.
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

function ed25519(label) {
  const seed = Buffer.concat([PKCS8_ED25519, digest(label)]);
  const key = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  const { kty, crv, x } = createPublicKey(key).export({ format: "jwk" });
  return { alg: "EdDSA", jwk: { kty, crv, x }, sign: (input) => sign(null, Buffer.from(input), key) };
}

// With the deterministic nonce of RFC 6979, so that the same seed gives the same bytes.
function es256(label) {
  const secret = digest(label);
  const point = p256.getPublicKey(secret, false);
  return {
    alg: "ES256",
    jwk: { kty: "EC", crv: "P-256", x: encode(point.slice(1, 33)), y: encode(point.slice(33)) },
    sign: (input) => Buffer.from(p256.sign(Buffer.from(input), secret, { lowS: false })),
  };
}

function rs256() {
  const file = new URL("rsa-key-for-tests.json", import.meta.url);
  const jwk = JSON.parse(readFileSync(file, "utf8"));
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const { kty, n, e } = jwk;
  return {
    alg: "RS256",
    jwk: { kty, n, e },
    sign: (input) => sign("sha256", Buffer.from(input), key),
  };
}

export const KEYS = {
  "ed-1": ed25519("ed-1"),
  "ed-2": ed25519("ed-2"),
  "es-1": es256("es-1"),
  "rs-1": rs256(),
};

// In no key set.
export const STRANGER = ed25519("stranger");

export const JWKS = {
  keys: Object.entries(KEYS).map(([kid, { alg, jwk }]) => ({ ...jwk, kid, alg, use: "sig" })),
};

export const hmac = (input, secret) => createHmac("sha256", secret).update(input).digest();

export { encode };
