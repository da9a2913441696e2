//! The mark of a client: what its requests to refresh have in common, and what a thief's lack.
//!
//! A client whose answer was lost, and tabs side by side, repeat a refresh from the same network and
//! with the same user agent within seconds. Whoever holds only a copy of the token usually has
//! neither. A client that changes its network meanwhile proves itself by the idempotency key that it
//! chose at random for the request.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::settings::Replay;

/// The mark that a session keeps of the client that rotated its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientMark<'a> {
    /// [`client_digest`] of the request.
    pub client: &'a [u8],
    /// [`key_digest`] of its idempotency key, if it had one.
    pub idempotency_key: Option<&'a [u8]>,
}

impl ClientMark<'_> {
    /// Whether a request with this mark repeats the request with the mark `first`.
    pub fn repeats(&self, first: &ClientMark<'_>, replay: Replay) -> bool {
        let has_key = match (self.idempotency_key, first.idempotency_key) {
            (Some(key), Some(first)) => key.ct_eq(first).into(),
            _ => false,
        };
        has_key || replay == Replay::Client && self.client == first.client
    }
}

/// The digest of the source and the user agent of a request. The seed of the session goes into it, so
/// that the same client has unrelated digests in two sessions, and no address is kept.
pub fn client_digest(seed: &[u8], source: &str, user_agent: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed)
        .chain_update(source)
        // No source contains a zero, so two pairs never make the same text.
        .chain_update([0])
        .chain_update(user_agent)
        .finalize()
        .into()
}

/// The digest of an idempotency key.
pub fn key_digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_each_part() {
        let digest = client_digest(b"seed", "192.0.2.1", "curl/8");
        assert_eq!(digest, client_digest(b"seed", "192.0.2.1", "curl/8"));
        for other in [
            client_digest(b"tree", "192.0.2.1", "curl/8"),
            client_digest(b"seed", "192.0.2.2", "curl/8"),
            client_digest(b"seed", "192.0.2.1", "curl/9"),
            client_digest(b"seed", "192.0.2.1c", "url/8"),
            client_digest(b"seed", "192.0.2.1", ""),
        ] {
            assert_ne!(digest, other);
        }
    }

    #[test]
    fn a_repetition_has_the_client_or_the_key() {
        let mark = |client: &'static str, key: Option<&'static str>| ClientMark {
            client: client.as_bytes(),
            idempotency_key: key.map(str::as_bytes),
        };
        for (first, repeated, by_client, by_key) in [
            (mark("a", None), mark("a", None), true, false),
            (mark("a", None), mark("b", None), false, false),
            (mark("a", Some("k")), mark("a", None), true, false),
            (mark("a", None), mark("a", Some("k")), true, false),
            (mark("a", None), mark("b", Some("k")), false, false),
            (mark("a", Some("k")), mark("b", None), false, false),
            (mark("a", Some("k")), mark("b", Some("k")), true, true),
            (mark("a", Some("k")), mark("b", Some("l")), false, false),
            (mark("a", Some("k")), mark("a", Some("l")), true, false),
        ] {
            assert_eq!(repeated.repeats(&first, Replay::Client), by_client);
            assert_eq!(repeated.repeats(&first, Replay::IdempotencyKey), by_key);
        }
    }
}
