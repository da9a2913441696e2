//! Finds keys and secrets that offer no protection: printed in manuals, or typed to pass a check.

/// Widely copied secrets from the tutorial of FastAPI, the web site jwt.io, and RFC 7515 appendix
/// A.1.
const PRINTED_SECRETS: &[&str] = &[
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "a-string-secret-at-least-256-bits-long",
    "aym1sysppbydfgzld3umj1qzkobwvmkoqq-estjqlr_t-1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow",
];

/// Thumbprints (RFC 7638) of private keys that manuals or standards print.
const PRINTED_KEYS: &[&str] = &[
    // RFC 7515 appendix A.2.
    "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8",
    // RFC 7515 appendix A.3.
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
    // RFC 7517 appendix A.2, EC.
    "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
    // RFC 7517 appendix A.2, RSA.
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    // RFC 8037 appendix A.1.
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    // jwt.io, ES256.
    "19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8",
    // jwt.io, RS256.
    "oGDmHqCJ7yzMkWEkrlZVHkvrHIyQwtlDmeq5ForUHeY",
];

/// The words that placeholders are made of. Each is long enough not to occur in random text by
/// chance.
const PLACEHOLDER_WORDS: &[&str] = &[
    "bytes",
    "change",
    "character",
    "default",
    "development",
    "example",
    "insecure",
    "insert",
    "least",
    "password",
    "placeholder",
    "please",
    "production",
    "random",
    "replace",
    "secret",
    "should",
    "string",
    "super",
    "token",
    "value",
];

/// The least length of a secret without its placeholder words. It is that of any secret.
const MIN_OWN_BYTES: usize = 32;

/// The least number of distinct bytes. A random secret of 32 characters has fewer with a
/// probability below one in a billion.
const MIN_DISTINCT_BYTES: usize = 8;

/// Whether a manual or standard prints the private key with this thumbprint.
pub(crate) fn is_printed_key(thumbprint: &str) -> bool {
    PRINTED_KEYS.contains(&thumbprint)
}

/// Whether a shared secret of at least 32 bytes is an example, a placeholder or a pattern.
pub(crate) fn is_example_secret(secret: &str) -> bool {
    let secret = zeroize::Zeroizing::new(secret.to_ascii_lowercase());
    PRINTED_SECRETS.contains(&secret.as_str())
        || is_made_of_placeholders(&secret)
        || is_pattern(secret.as_bytes())
}

fn is_made_of_placeholders(secret: &str) -> bool {
    let words: usize = PLACEHOLDER_WORDS
        .iter()
        .map(|word| secret.matches(word).count() * word.len())
        .sum();
    words > 0 && secret.len().saturating_sub(words) < MIN_OWN_BYTES
}

fn is_pattern(secret: &[u8]) -> bool {
    let mut distinct = secret.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let repeats = |period: usize| {
        secret
            .iter()
            .zip(secret.iter().skip(period))
            .all(|(a, b)| a == b)
    };
    let steps = secret
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) <= 1)
        .count();
    distinct.len() < MIN_DISTINCT_BYTES
        || (1..=secret.len() / 2).any(repeats)
        || steps > secret.len() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_placeholders_from_secrets() {
        for (secret, example) in [
            (
                "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
                true,
            ),
            ("A-String-Secret-At-Least-256-Bits-Long", true),
            ("your-super-secret-jwt-key-change-in-production", true),
            ("CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME", true),
            ("please-replace-this-default-secret-value", true),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true),
            ("0123456789abcdef0123456789abcdef", true),
            ("abcdefghijklmnopqrstuvwxyz0123456789", true),
            ("abababababababababababababababababab", true),
            ("x7Kd9x7Kd9x7Kd9x7Kd9x7Kd9x7Kd9x7Kd9", true),
            (
                "5f2c8e19d04b7a36f1e8c2b95d704a3e6c1f9b28d7e5a043f8b61c9e2d57a0b4",
                false,
            ),
            ("q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf", false),
            (
                "billing-secret-5f2c8e19d04b7a36f1e8c2b95d704a3e6c1f9b28",
                false,
            ),
            ("tundra-velvet-cactus-orbit-mango-pewter", false),
        ] {
            assert_eq!(is_example_secret(secret), example, "{secret}");
        }
    }

    proptest! {
        #[test]
        fn takes_random_secrets(bytes: [u8; 32]) {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assume!(bytes.iter().collect::<std::collections::BTreeSet<_>>().len() > 16);
            prop_assert!(!is_example_secret(&hex));
        }
    }
}
