//! Argon2id (RFC 9106) hashes as PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use auth_runtime::Argon2idCost;

/// The most memory that a policy may ask for: 1 GiB.
const MAX_MEMORY_KIB: u32 = 1 << 20;

/// The limit of memory times passes: ten passes over [`MAX_MEMORY_KIB`]. A stored hash that asks
/// for more was not made by this service, and computing it would keep other users from logging in.
const MAX_WORK_KIB: u64 = 10 << 20;

pub(super) fn hash(password: &str, cost: &Argon2idCost, salt: &[u8]) -> anyhow::Result<String> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)?;
    anyhow::ensure!(is_bearable(&params), "Argon2id cost is out of bounds");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon2
        .hash_password_with_salt(password.as_bytes(), salt)?
        .to_string())
}

pub(super) fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    let Some(stored) = parse(stored) else {
        return Ok(false);
    };
    match Argon2::default().verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn can_read(stored: &str) -> bool {
    parse(stored).is_some()
}

fn parse(stored: &str) -> Option<PasswordHash> {
    let stored = PasswordHash::new(stored).ok()?;
    let whole = stored.salt.is_some() && stored.hash.is_some();
    let version = stored
        .version
        .is_some_and(|version| Version::try_from(version).is_ok());
    let params = Params::try_from(&stored).ok()?;
    (stored.algorithm == ARGON2ID_IDENT && whole && version && is_bearable(&params))
        .then_some(stored)
}

fn is_bearable(params: &Params) -> bool {
    let work = u64::from(params.m_cost()).saturating_mul(u64::from(params.t_cost()));
    params.m_cost() <= MAX_MEMORY_KIB && work <= MAX_WORK_KIB
}
