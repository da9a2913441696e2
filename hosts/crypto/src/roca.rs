//! Recognises RSA keys of a broken generator (CVE-2017-15361, "ROCA").

/// The odd primes up to 167. The broken generator makes every prime of a key, of whatever size, a
/// power of 65537 modulo each of them.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR: u32 = 65_537;

/// Whether the big-endian modulus has the fingerprint of the generator. Of other keys, less than
/// one in a hundred million has it.
pub(crate) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES
        .into_iter()
        .all(|prime| is_power_of_generator(remainder(modulus, prime), prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, byte| ((rest << 8) | u32::from(*byte)) % prime)
}

fn is_power_of_generator(rest: u32, prime: u32) -> bool {
    let next = |power: &u32| {
        let power = power * GENERATOR % prime;
        (power != 1).then_some(power)
    };
    std::iter::successors(Some(1), next).any(|power| power == rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use crate::vectors::{RS256_JWK, RSA_1024_N, RSA_ROCA_N, RSA_THUMBPRINT_JWK};

    fn modulus(jwk: &str) -> Vec<u8> {
        let (_, rest) = jwk.split_once(r#""n":""#).unwrap();
        URL_SAFE_NO_PAD
            .decode(rest.split_once('"').unwrap().0)
            .unwrap()
    }

    #[test]
    fn knows_keys_of_the_broken_generator_from_others() {
        assert!(has_fingerprint(
            &URL_SAFE_NO_PAD.decode(RSA_ROCA_N).unwrap()
        ));
        for jwk in [RS256_JWK, RSA_THUMBPRINT_JWK] {
            assert!(!has_fingerprint(&modulus(jwk)));
        }
        assert!(!has_fingerprint(
            &URL_SAFE_NO_PAD.decode(RSA_1024_N).unwrap()
        ));
        // A modulus that one of the primes divides is no power of anything.
        assert!(!has_fingerprint(&[167]));
        // 65537 itself is its own first power.
        assert!(has_fingerprint(&[1, 0, 1]));
    }
}
