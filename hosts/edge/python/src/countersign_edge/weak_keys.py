"""Recognises public keys that libraries take and that do not protect."""

from __future__ import annotations

# The field and the curve of Ed25519 (RFC 8032 §5.1).
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The `y` of the points of order 8; the others of small order have `y` 0, 1 and -1.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = (0, 1, _P - 1, _Y8, _P - _Y8)

# The broken generator of CVE-2017-15361 ("ROCA") makes every prime of a key a power of 65537 modulo
# each of the odd primes up to 167.
_ODD_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
               97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167)
_GENERATOR = 65_537


def is_good_point(content: bytes) -> bool:
    """Whether this is the one right encoding of a point of Ed25519 that is not of small order.

    With a key of small order, some signatures verify for every message.
    """
    if len(content) != 32:
        return False
    y = int.from_bytes(content, "little") & (2**255 - 1)
    return y < _P and y not in _SMALL_ORDER and _is_on_curve(y)


def is_good_rsa(modulus: int, exponent: int) -> bool:
    """Whether RSA with this modulus and this exponent is as strong as it must be."""
    is_odd_and_above_one = exponent % 2 == 1 and exponent > 1
    return 2048 <= modulus.bit_length() <= 8192 and is_odd_and_above_one and not _is_roca(modulus)


def _is_on_curve(y: int) -> bool:
    """Whether some `x` satisfies -x² + y² = 1 + d·x²·y², by Euler's criterion."""
    quotient = (y * y - 1) * pow(_D * y * y + 1, -1, _P)
    return pow(quotient, (_P - 1) // 2, _P) == 1


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in _powers(prime) for prime in _ODD_PRIMES)


def _powers(prime: int) -> set[int]:
    powers, power = {1}, _GENERATOR % prime
    while power != 1:
        powers.add(power)
        power = power * _GENERATOR % prime
    return powers
