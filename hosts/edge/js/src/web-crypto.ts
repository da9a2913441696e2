import { decodeBase64url } from "./base64url.js";
import type { Algorithm, Check, PublicJwk } from "./platform.js";

/** The bytes of a signature. Some platforms throw at another length instead of refusing it. */
const SIGNATURE_BYTES = { "ed-dsa": 64, es256: 64 } as const;

const PARAMETERS = {
  "ed-dsa": { name: "Ed25519" },
  es256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rs256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
} as const;

/** The bytes of an RSA modulus without leading zeros (RFC 8017 §8.2.2, step 1). */
function modulusBytes(jwk: PublicJwk): number {
  const bytes = jwk.kty === "RSA" ? decodeBase64url(jwk.n) : undefined;
  return bytes ? bytes.length - bytes.findIndex((byte) => byte !== 0) : 0;
}

/** Reads a key for the Web Cryptography API. */
export async function importWebKey(jwk: PublicJwk, algorithm: Algorithm): Promise<Check> {
  const parameters = PARAMETERS[algorithm];
  const key = await crypto.subtle.importKey("jwk", jwk, parameters, false, ["verify"]);
  const length = algorithm === "rs256" ? modulusBytes(jwk) : SIGNATURE_BYTES[algorithm];
  return (message, signature) =>
    signature.length === length &&
    crypto.subtle.verify(
      parameters,
      key,
      signature as Uint8Array<ArrayBuffer>,
      new TextEncoder().encode(message),
    );
}
