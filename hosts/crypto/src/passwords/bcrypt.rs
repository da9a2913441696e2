//! bcrypt hashes, plain or of a digest of the password (passlib's `bcrypt-sha256`).
//!
//! - v2: `$bcrypt-sha256$v=2,t=2b,r=12$` salt `$` digest: the key is
//!   base64(HMAC-SHA-256(salt text, password));
//! - v1: `$bcrypt-sha256$2b,12$` salt `$` digest: the key is base64(SHA-256(password));
//! - plain: `$2b$12$` salt and digest: the key is the password.
//!
//! Salts are 22 and digests 31 characters of bcrypt's own base64.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{NO_PAD, STANDARD};
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::eksblowfish::{self, Input};
use super::task::{Comparison, Digest, Format, NewHash, Task};

/// Some old libraries left the unused bits of the last character set. passlib repairs the text of a
/// hash like that, so this code reads it too.
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_allow_trailing_bits(true);
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);

const MIN_COST: u32 = 4;

/// The highest cost that a policy may ask for, about four seconds. Each step beyond doubles the
/// time.
const MAX_COST: u32 = 16;

/// All formats keep this many of the 24 bytes that bcrypt computes.
const DIGEST_BYTES: usize = 23;

#[derive(Clone, Copy)]
enum Prehash {
    HmacSha256,
    Nothing,
    Sha256,
}

struct Stored {
    prehash: Prehash,
    cost: u32,
    salt: [u8; 16],
    digest: [u8; DIGEST_BYTES],
}

pub(super) fn new_hash(password: &str, cost: u32, salt: [u8; 16]) -> anyhow::Result<NewHash> {
    anyhow::ensure!(
        (MIN_COST..=MAX_COST).contains(&cost),
        "bcrypt cost {cost} is out of bounds"
    );
    let encoded = BCRYPT_BASE64.encode(salt);
    Ok(NewHash {
        task: task(cost, salt, &key(Prehash::HmacSha256, password, &salt)),
        format: Format {
            head: format!("$bcrypt-sha256$v=2,t=2b,r={cost}${encoded}$"),
            encode: |digest| BCRYPT_BASE64.encode(digest),
        },
    })
}

pub(super) fn comparison(password: &str, stored: &str) -> Option<Comparison> {
    let stored = parse(stored)?;
    let key = key(stored.prehash, password, &stored.salt);
    // Libraries that write plain hashes either end a password at NUL or refuse it. If they end it,
    // two different passwords would open one account. The hash is computed all the same, since a
    // quick answer would tell that the account has one of that kind.
    let is_cut = matches!(stored.prehash, Prehash::Nothing) && password.contains('\0');
    let expected: &[u8] = if is_cut { &[] } else { &stored.digest };
    Some(Comparison {
        task: task(stored.cost, stored.salt, &key),
        expected: Zeroizing::new(expected.to_vec()),
    })
}

pub(super) fn can_read(stored: &str) -> bool {
    parse(stored).is_some()
}

fn parse(stored: &str) -> Option<Stored> {
    let parts: Vec<&str> = stored.split('$').collect();
    let (prehash, cost, salt, digest) = match *parts.as_slice() {
        ["", "bcrypt-sha256", parameters, salt, digest] => {
            let (prehash, cost) = prehash_and_cost(parameters)?;
            (prehash, cost, salt, digest)
        }
        ["", "2a" | "2b" | "2y", cost, salt_and_digest] if cost.len() == 2 => {
            let (salt, digest) = salt_and_digest.split_at_checked(22)?;
            (Prehash::Nothing, cost, salt, digest)
        }
        _ => return None,
    };
    let cost = parse_cost(cost)?;
    Some(Stored {
        prehash,
        cost,
        salt: decode(salt)?,
        digest: decode(digest)?,
    })
}

fn prehash_and_cost(parameters: &str) -> Option<(Prehash, &str)> {
    if let Some(cost) = parameters.strip_prefix("v=2,t=2b,r=") {
        return Some((Prehash::HmacSha256, cost));
    }
    let cost = parameters
        .strip_prefix("2b,")
        .or_else(|| parameters.strip_prefix("2a,"))?;
    Some((Prehash::Sha256, cost))
}

fn parse_cost(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let cost = digits.then(|| text.parse().ok())??;
    (MIN_COST..=MAX_COST).contains(&cost).then_some(cost)
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BCRYPT_BASE64.decode(text).ok()?.try_into().ok()
}

fn key(prehash: Prehash, password: &str, salt: &[u8; 16]) -> Zeroizing<Vec<u8>> {
    let key = match prehash {
        Prehash::HmacSha256 => {
            let salt = hmac::Key::new(hmac::HMAC_SHA256, BCRYPT_BASE64.encode(salt).as_bytes());
            STANDARD
                .encode(hmac::sign(&salt, password.as_bytes()))
                .into_bytes()
        }
        Prehash::Nothing => password.as_bytes().to_vec(),
        Prehash::Sha256 => STANDARD
            .encode(digest::digest(&digest::SHA256, password.as_bytes()))
            .into_bytes(),
    };
    Zeroizing::new(key)
}

/// The task of bcrypt. The key is followed by its terminating NUL, and both are cut to 72 bytes.
fn task(cost: u32, salt: [u8; 16], key: &[u8]) -> Task {
    let terminated = key.iter().copied().chain([0]);
    let input = Input::new(salt, terminated);
    Task::Bcrypt { cost, input }
}

/// Computes the digest of each input, all of this cost, side by side.
pub(crate) fn digests(cost: u32, inputs: &[&Input]) -> Vec<Digest> {
    let digests = eksblowfish::digests(cost, inputs);
    let cut = |digest: [u8; 24]| Zeroizing::new(digest[..DIGEST_BYTES].to_vec());
    digests.into_iter().map(cut).collect()
}
