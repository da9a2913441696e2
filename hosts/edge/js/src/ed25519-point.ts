// Libraries read the point of an Ed25519 key late or never check it. With a key of small order, some
// signatures verify for every message.

import { decodeBase64url } from "./base64url.js";

const P = 2n ** 255n - 19n;
const D = mod(-121665n * power(121666n, P - 2n));
/** The `y` of the points of order 8; the others of small order have `y` 0, 1 and -1. */
const Y8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER = [0n, 1n, P - 1n, Y8, P - Y8];

/** Whether `x` of a JWK is the one right encoding of a point that is not of small order. */
export function isGoodPoint(x: string): boolean {
  const bytes = decodeBase64url(x);
  if (bytes?.length !== 32) {
    return false;
  }
  const number = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const y = number & (2n ** 255n - 1n);
  return y < P && !SMALL_ORDER.includes(y) && isOnCurve(y);
}

/** Whether some `x` satisfies -x² + y² = 1 + d·x²·y², by Euler's criterion. */
function isOnCurve(y: bigint): boolean {
  const square = mod(y * y);
  const quotient = mod((square - 1n) * power(mod(D * square + 1n), P - 2n));
  return power(quotient, (P - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [mod(base), exponent]; rest > 0n; square = mod(square * square)) {
    if (rest & 1n) {
      result = mod(result * square);
    }
    rest >>= 1n;
  }
  return result;
}

function mod(number: bigint): bigint {
  return ((number % P) + P) % P;
}
