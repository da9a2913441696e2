//! Stored password hashes. They are made with the two schemes of the policy, and checked in every
//! format that the contract lists.
//!
//! Both functions keep a core busy for up to seconds, so [`crate::HashPool`] calls them.

mod argon2id;
mod bcrypt;
#[cfg(test)]
mod tests;

use auth_runtime::HashScheme;

/// The PHC or modular-crypt string for `password`. Fails for a cost that is out of bounds, or a
/// salt that is not 16 bytes long.
pub(crate) fn hash(password: &str, scheme: &HashScheme, salt: &[u8]) -> anyhow::Result<String> {
    let salt: [u8; 16] = salt
        .try_into()
        .map_err(|_| anyhow::anyhow!("a salt of {} bytes instead of 16", salt.len()))?;
    match scheme {
        HashScheme::Argon2id(cost) => argon2id::hash(password, cost, &salt),
        HashScheme::BcryptSha256(cost) => bcrypt::hash(password, *cost, salt),
    }
}

/// Whether `stored` is in a known format, and of a cost that does not harm the machine.
pub(crate) fn can_read(stored: &str) -> bool {
    argon2id::can_read(stored) || bcrypt::can_read(stored)
}

/// Whether `stored` was made from `password`. False for text in no known format, and for a cost so
/// high that computing the hash would harm the machine.
pub(crate) fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    if stored.starts_with("$argon2id$") {
        return argon2id::verify(password, stored);
    }
    Ok(bcrypt::verify(password, stored))
}
