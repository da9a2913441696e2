// Recognises RSA keys of a broken generator (CVE-2017-15361, "ROCA"): it makes every prime of a key a
// power of 65537 modulo each of the odd primes up to 167.

const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/** Whether RSA with this modulus and this exponent, both big-endian, is as strong as it must be. */
export function isGoodRsa(modulus: Uint8Array, exponent: Uint8Array): boolean {
  const [n, e] = [withoutLeadingZeros(modulus), withoutLeadingZeros(exponent)];
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  const isOddAndAboveOne = ((e.at(-1) ?? 0) & 1) === 1 && !(e.length === 1 && e[0] === 1);
  return bits >= 2048 && bits <= 8192 && isOddAndAboveOne && !hasFingerprint(n);
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? new Uint8Array() : bytes.subarray(first);
}

function hasFingerprint(modulus: Uint8Array): boolean {
  return PRIMES.every((prime) => {
    const rest = modulus.reduce((sum, byte) => ((sum << 8) | byte) % prime, 0);
    let power = 1;
    do {
      if (power === rest) {
        return true;
      }
      power = (power * 65_537) % prime;
    } while (power !== 1);
    return false;
  });
}
