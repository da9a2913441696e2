// Reads a JWKS (RFC 7517) by the rules of `hosts/crypto/src/jwks_keyring.rs`. Both run the cases of
// `tests/vectors/key-sets.json`.

import { decodeBase64url, encodeBase64url } from "./base64url.js";
import { isGoodPoint } from "./ed25519-point.js";
import { InvalidKeySet } from "./errors.js";
import type { Algorithm, Check, Platform, PublicJwk } from "./platform.js";
import { isGoodRsa } from "./rsa-modulus.js";

export const MAX_BYTES = 64 * 1024;
const MAX_KEYS = 32;
const MAX_ID_BYTES = 256;
const SECRET_MEMBERS = ["d", "dp", "dq", "k", "p", "q", "qi"];
const TEXT_MEMBERS = ["kty", "alg", "crv", "kid", "use", "e", "n", "x", "y", ...SECRET_MEMBERS];
const NAMES: Readonly<Record<string, Algorithm>> = {
  EdDSA: "ed-dsa",
  Ed25519: "ed-dsa",
  ES256: "es256",
  RS256: "rs256",
};

/** A key that verifies tokens. */
export interface Key {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly check: Check;
}

export type KeySet = ReadonlyMap<string, Key>;

type Members = Record<string, unknown>;

/**
 * Reads a key set. A key that cannot verify tokens here is left out, as RFC 7517 §5 says; a secret
 * among the keys and two keys of one id make the whole set an error, since whoever published it must
 * hear of it.
 */
export async function parseKeySet(json: string, platform: Platform): Promise<KeySet> {
  if (new TextEncoder().encode(json).length > MAX_BYTES) {
    throw new InvalidKeySet("the key set is larger than 64 KB");
  }
  const keys = new Map<string, Key & { parameters: string }>();
  for (const [index, members] of listed(json).entries()) {
    const key = await readKey(members, index, platform);
    const known = key && keys.get(key.id);
    if (known && known.parameters !== key.parameters) {
      throw new InvalidKeySet(`the key id ${JSON.stringify(key.id)} occurs twice`);
    }
    if (key && !known) {
      if (keys.size === MAX_KEYS) {
        throw new InvalidKeySet(`the key set has more than ${MAX_KEYS} keys`);
      }
      keys.set(key.id, key);
    }
  }
  return keys;
}

function listed(json: string): unknown[] {
  try {
    const document: unknown = JSON.parse(json);
    if (isObject(document) && Array.isArray(document["keys"])) {
      return document["keys"];
    }
  } catch {
    // Below.
  }
  throw new InvalidKeySet("not the JSON of a key set");
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readKey(members: unknown, index: number, platform: Platform) {
  if (!isObject(members) || !["EC", "OKP", "RSA", "oct"].includes(String(members["kty"]))) {
    return undefined;
  }
  const isText = (name: string) => ["string", "undefined"].includes(typeof (members[name] ?? undefined));
  if (!TEXT_MEMBERS.every(isText) || !isListOfTexts(members["key_ops"] ?? [])) {
    return undefined;
  }
  const secret = SECRET_MEMBERS.find((name) => (members[name] ?? undefined) !== undefined);
  if (secret !== undefined || members["kty"] === "oct") {
    throw new InvalidKeySet(
      `key ${index}: member \`${secret ?? "k"}\` is secret; a key set must hold public keys only`,
    );
  }
  if (!isForVerification(members)) {
    return undefined;
  }
  const read = parameters(members);
  const name = (members["alg"] as string | null | undefined) ?? undefined;
  if (read === undefined || (name !== undefined && NAMES[name] !== read.algorithm)) {
    return undefined;
  }
  const id = (members["kid"] as string | null | undefined) ?? (await thumbprint(read.jwk));
  const idBytes = new TextEncoder().encode(id).length;
  if (idBytes < 1 || idBytes > MAX_ID_BYTES) {
    return undefined;
  }
  try {
    const check = await platform.importKey(read.jwk, read.algorithm);
    return { id, algorithm: read.algorithm, check, parameters: JSON.stringify(read.jwk) };
  } catch {
    return undefined;
  }
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** Whether `use` and `key_ops` allow verification (RFC 7517 §4.2, §4.3). */
function isForVerification(members: Members): boolean {
  const operations = members["key_ops"] as string[] | null | undefined;
  return (members["use"] ?? "sig") === "sig" && (operations?.includes("verify") ?? true);
}

function parameters(members: Members): { jwk: PublicJwk; algorithm: Algorithm } | undefined {
  const { kty, crv } = members;
  const text = (name: string) => (typeof members[name] === "string" ? members[name] : "");
  const [x, y, n, e] = ["x", "y", "n", "e"].map(text) as [string, string, string, string];
  if (kty === "OKP" && crv === "Ed25519" && isGoodPoint(x)) {
    return { jwk: { kty, crv, x }, algorithm: "ed-dsa" };
  }
  const is32Bytes = (text: string) => decodeBase64url(text)?.length === 32;
  if (kty === "EC" && crv === "P-256" && is32Bytes(x) && is32Bytes(y)) {
    return { jwk: { kty, crv, x, y }, algorithm: "es256" };
  }
  const [modulus, exponent] = [decodeBase64url(n), decodeBase64url(e)];
  if (kty === "RSA" && modulus && exponent && isGoodRsa(modulus, exponent)) {
    return { jwk: { kty, n, e }, algorithm: "rs256" };
  }
  return undefined;
}

/** RFC 7638: the digest of the members that make up the key, in the order of their names. */
async function thumbprint(jwk: PublicJwk): Promise<string> {
  const members = Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
  const json = new TextEncoder().encode(JSON.stringify(members));
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", json)));
}
