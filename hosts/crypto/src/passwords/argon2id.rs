//! Argon2id (RFC 9106) hashes as PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use auth_runtime::Argon2idCost;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::task::{Comparison, Digest, Format, NewHash, Task};

/// The most memory that a policy may ask for: 1 GiB.
const MAX_MEMORY_KIB: u32 = 1 << 20;

/// The limit of memory times passes: ten passes over [`MAX_MEMORY_KIB`]. A stored hash that asks
/// for more was not made by this service, and computing it would keep other users from logging in.
const MAX_WORK_KIB: u64 = 10 << 20;

pub(super) fn new_hash(
    password: &str,
    cost: &Argon2idCost,
    salt: &[u8],
) -> anyhow::Result<NewHash> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)?;
    anyhow::ensure!(is_bearable(&params), "Argon2id cost is out of bounds");
    let head = format!(
        "$argon2id$v={}$m={},t={},p={}${}$",
        u32::from(Version::V0x13),
        cost.memory_kib,
        cost.passes,
        cost.lanes,
        STANDARD_NO_PAD.encode(salt),
    );
    let length = Params::DEFAULT_OUTPUT_LEN;
    Ok(NewHash {
        task: task(password, params, Version::V0x13, salt, length),
        format: Format {
            head,
            encode: |digest| STANDARD_NO_PAD.encode(digest),
        },
    })
}

pub(super) fn comparison(password: &str, stored: &str) -> Option<Comparison> {
    let (stored, params, version) = parse(stored)?;
    let (salt, expected) = (stored.salt.as_deref()?, stored.hash.as_ref()?.as_bytes());
    Some(Comparison {
        task: task(password, params, version, salt, expected.len()),
        expected: Zeroizing::new(expected.to_vec()),
    })
}

pub(super) fn can_read(stored: &str) -> bool {
    parse(stored).is_some()
}

fn parse(stored: &str) -> Option<(PasswordHash, Params, Version)> {
    let stored = PasswordHash::new(stored).ok()?;
    let version = Version::try_from(stored.version?).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let is_whole = stored.salt.is_some() && stored.hash.is_some();
    let is_known = stored.algorithm == ARGON2ID_IDENT && is_whole && is_bearable(&params);
    is_known.then_some((stored, params, version))
}

fn task(password: &str, params: Params, version: Version, salt: &[u8], length: usize) -> Task {
    let (password, salt) = (Zeroizing::new(password.to_owned()), salt.to_vec());
    Task::Alone(Box::new(move |memory| {
        let blocks = params.block_count();
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
        let mut digest: Digest = Zeroizing::new(vec![0; length]);
        memory.lend(blocks, |blocks| {
            argon2.hash_password_into_with_memory(password.as_bytes(), &salt, &mut digest, blocks)
        })?;
        Ok(digest)
    }))
}

fn is_bearable(params: &Params) -> bool {
    let work = u64::from(params.m_cost()).saturating_mul(u64::from(params.t_cost()));
    params.m_cost() <= MAX_MEMORY_KIB && work <= MAX_WORK_KIB
}
