//! Stored password hashes. They are made with the two schemes of the policy, and checked in every
//! format that the contract lists.
//!
//! The digest of a password keeps a core busy for up to seconds, so this module only says what is to
//! be computed and what the digest means. [`crate::HashPool`] computes.

mod argon2id;
mod bcrypt;
mod eksblowfish;
mod memory;
mod task;
#[cfg(test)]
mod tests;

use auth_runtime::HashScheme;

pub(crate) use bcrypt::digests as bcrypt_digests;
pub(crate) use eksblowfish::{Input as BcryptInput, LANES};
pub(crate) use memory::Memory;
pub(crate) use task::{Comparison, Digest, NewHash, Task, is_same};

/// A hash of `password`. Fails for a cost that is out of bounds, or a salt that is not 16 bytes
/// long.
pub(crate) fn new_hash(
    password: &str,
    scheme: &HashScheme,
    salt: &[u8],
) -> anyhow::Result<NewHash> {
    let salt: [u8; 16] = salt
        .try_into()
        .map_err(|_| anyhow::anyhow!("a salt of {} bytes instead of 16", salt.len()))?;
    match scheme {
        HashScheme::Argon2id(cost) => argon2id::new_hash(password, cost, &salt),
        HashScheme::BcryptSha256(cost) => bcrypt::new_hash(password, *cost, salt),
    }
}

/// A comparison of `password` with `stored`. `None` if nothing can match: for text in no known
/// format, and for a cost so high that computing the hash would harm the machine.
pub(crate) fn comparison(password: &str, stored: &str) -> Option<Comparison> {
    if stored.starts_with("$argon2id$") {
        return argon2id::comparison(password, stored);
    }
    bcrypt::comparison(password, stored)
}

/// Whether `stored` is in a known format, and of a cost that does not harm the machine.
pub(crate) fn can_read(stored: &str) -> bool {
    argon2id::can_read(stored) || bcrypt::can_read(stored)
}
