//! The registered names of the signature algorithms, as in `alg` of a JWS header or a JWK.

pub use auth_runtime::Algorithm;

/// Every signature algorithm that the service supports.
pub const ALL: [Algorithm; 4] = [
    Algorithm::EdDsa,
    Algorithm::Es256,
    Algorithm::Hs256,
    Algorithm::Rs256,
];

/// The name registered in RFC 7518 §3.1 or RFC 8037 §3.1.
pub fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => "EdDSA",
        Algorithm::Es256 => "ES256",
        Algorithm::Hs256 => "HS256",
        Algorithm::Rs256 => "RS256",
    }
}

/// The algorithm of a registered name, which is case-sensitive; `None` for an unsupported one.
/// RFC 9864 §2.2 gives EdDSA with Ed25519 a name of its own.
pub(crate) fn from_name(text: &str) -> Option<Algorithm> {
    if text == "Ed25519" {
        return Some(Algorithm::EdDsa);
    }
    ALL.into_iter().find(|algorithm| name(*algorithm) == text)
}
