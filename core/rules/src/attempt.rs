//! Attempts to prove a password: the ways in which they come, and the counters of each way.
//!
//! A client is known to an account by the *device* whose token it presents, by its *source*, if
//! somebody logged in to the account from there within 30 days, or not at all: then it is a
//! *stranger*. Each way has counters of its own, so that strangers cannot keep the owner out, and
//! whoever stole a device token cannot keep out the owner's other clients:
//!
//! ```text
//!   way            judged by the counters
//!   device         Device, Devices
//!   known source   AccountAndSource, KnownSources, Source
//!   stranger       AccountAndSource, Account, Source
//! ```
//!
//! An attempt takes the first of its ways that no block closes, and a failure is counted in the
//! counters of that way alone. A success removes the counters of the account, but not that of the
//! source: otherwise attackers could clear their failures on all other accounts by logging in to
//! their own.
//!
//! Counters belong to the id of an account and to its throttle epoch, so that neither a deleted
//! account nor an unlock leaves anything to a later one. An address without an account has a
//! [`Target::decoy`], with an id made from the address, and takes the same steps.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::settings::Throttle;
use crate::throttle::{self, Blocked, Counter, Scope};
use crate::{id, source};

const DAY_MILLIS: u64 = 86_400_000;

/// How long a source stays known to an account after a login.
const SOURCE_MEMORY_MILLIS: u64 = 30 * DAY_MILLIS;

/// How old a session must be to count as a known device. A younger one tells little: whoever began
/// it has just been judged at the login.
const SETTLED_SESSION_MILLIS: u64 = 5 * 60 * 1000;

/// Whom an attempt is for: an account, or a decoy for an address without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The id of the account, or one made from the address.
    pub account_id: String,
    /// The account's throttle epoch: a higher one forgets its counters.
    pub throttle_epoch: u64,
    /// The account's session epoch: a higher one forgets its devices and known sources.
    pub session_epoch: u64,
}

impl Target {
    /// The target of an attempt for an address without an account. It has an id that no account
    /// has, which is as long as that of an account, so that whatever is computed for a target takes
    /// as long for a decoy.
    pub fn decoy(address: &str) -> Self {
        Self {
            account_id: id::uuid_v8(address),
            throttle_epoch: 1,
            session_epoch: 1,
        }
    }
}

/// The facts about an attempt that decide which counters it has.
#[derive(Clone, Copy, Debug)]
pub struct AttemptFacts<'a> {
    /// Whom the attempt is for.
    pub target: &'a Target,
    /// The source of the attempt, as [`crate::source::group`] names it.
    pub source: &'a str,
    /// The id from a *verified* device token of this account, or of a session that counts as a
    /// device.
    pub device: Option<&'a str>,
}

/// One of the counters of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterKey {
    /// What the counter counts by.
    pub scope: Scope,
    /// The key of the counter in the store: fewer than 64 bytes, with a hash in place of personal
    /// data.
    pub text: String,
}

/// How the client of an attempt is known to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the token of a device that logged in before, or by a live session.
    Device,
    /// By a source from which somebody logged in lately.
    KnownSource,
    /// Not at all.
    Stranger,
}

impl Way {
    /// Whether an attempt that comes this way is judged by the counter of this scope, and its
    /// failure counted there.
    pub fn is_judged_by(self, scope: Scope) -> bool {
        match scope {
            Scope::AccountAndSource | Scope::Source => self != Self::Device,
            Scope::Account => self == Self::Stranger,
            Scope::KnownSources => self == Self::KnownSource,
            Scope::Device | Scope::Devices => self == Self::Device,
            Scope::Registration => false,
        }
    }
}

/// Whether a success removes the counter of this scope.
pub fn is_cleared(scope: Scope) -> bool {
    !matches!(scope, Scope::Source | Scope::Registration)
}

/// The counters of an attempt, whichever way it takes.
pub fn keys(attempt: &AttemptFacts<'_>) -> Vec<CounterKey> {
    let of_device = attempt.device.map(|device| (Scope::Device, Some(device)));
    [
        (Scope::AccountAndSource, Some(attempt.source)),
        (Scope::Account, None),
        (Scope::Source, Some(attempt.source)),
        (Scope::KnownSources, None),
        (Scope::Devices, None),
    ]
    .into_iter()
    .chain(of_device)
    .map(|(scope, of)| CounterKey {
        scope,
        text: counter_key(scope, attempt.target, of),
    })
    .collect()
}

/// The key of the counter of the attempts to register from a source, as [`crate::source::group`]
/// names it.
pub fn registration_key(source: &str) -> String {
    hashed("registration", &[source])
}

/// The key of the record that makes a source known to an account. A higher session epoch forgets
/// it.
pub fn known_source_key(target: &Target, source: &str) -> String {
    let epoch = target.session_epoch.to_string();
    hashed("known-source", &[&target.account_id, &epoch, source])
}

/// The record that makes a source known, after a login at `now`, and when the store may drop it.
/// `None` when the stored one is younger than a day, or when there is no source to know.
///
/// The record has the form of a counter without failures; its window began with the latest login.
pub fn known_source(stored: Option<Counter>, source: &str, now: u64) -> Option<(Counter, u64)> {
    let is_fresh = |known: Counter| now < known.window_started_at.saturating_add(DAY_MILLIS);
    if source == source::UNKNOWN || stored.is_some_and(is_fresh) {
        return None;
    }
    let known = Counter {
        window_started_at: now,
        ..Counter::default()
    };
    Some((known, source_known_until(&known)))
}

/// Whether a session that began at `created_at` counts as a known device, in milliseconds.
pub fn is_settled(created_at: u64, now: u64) -> bool {
    now >= created_at.saturating_add(SETTLED_SESSION_MILLIS)
}

/// The way that an attempt takes, or the refusal if blocks close all of them: then the one that
/// opens first says how long to wait.
///
/// `counters` are those of [`keys`], and `known_source` is the record under [`known_source_key`].
pub fn admit(
    attempt: &AttemptFacts<'_>,
    counters: &[(Scope, Option<Counter>)],
    known_source: Option<Counter>,
    settings: &Throttle,
    now: u64,
) -> Result<Way, Blocked> {
    let is_known = known_source.is_some_and(|known| now < source_known_until(&known));
    let known_ways = [
        attempt.device.map(|_| Way::Device),
        is_known.then_some(Way::KnownSource),
    ];
    let mut refusal = check(Way::Stranger, counters, settings, now).err();
    for way in known_ways.into_iter().flatten() {
        match (check(way, counters, settings, now), refusal) {
            (Ok(()), _) => return Ok(way),
            (Err(blocked), Some(other))
                if blocked.retry_after_seconds < other.retry_after_seconds =>
            {
                refusal = Some(blocked);
            }
            (Err(_), _) => {}
        }
    }
    refusal.map_or(Ok(Way::Stranger), Err)
}

fn check(
    way: Way,
    counters: &[(Scope, Option<Counter>)],
    settings: &Throttle,
    now: u64,
) -> Result<(), Blocked> {
    let judges = counters
        .iter()
        .filter(|(scope, _)| way.is_judged_by(*scope));
    let judges: Vec<_> = judges.copied().collect();
    throttle::check(&judges, settings, now)
}

fn source_known_until(known: &Counter) -> u64 {
    known.window_started_at.saturating_add(SOURCE_MEMORY_MILLIS)
}

fn counter_key(scope: Scope, target: &Target, of: Option<&str>) -> String {
    let epoch = target.throttle_epoch.to_string();
    let account = [target.account_id.as_str(), &epoch];
    let (name, account) = match scope {
        Scope::AccountAndSource => ("account-source", account.as_slice()),
        Scope::Account => ("account", account.as_slice()),
        Scope::Source => ("source", [].as_slice()),
        Scope::KnownSources => ("known-sources", account.as_slice()),
        Scope::Device => ("device", account.as_slice()),
        Scope::Devices => ("devices", account.as_slice()),
        // No attempt to prove a password counts there: see `registration_key`.
        Scope::Registration => ("registration", [].as_slice()),
    };
    hashed(name, &[account, of.as_slice()].concat())
}

fn hashed(name: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Each part ends with a byte that occurs in no text, so that different lists of parts give
        // different hashes.
        hash.update(part);
        hash.update([0xff]);
    }
    format!("{name}:{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

#[cfg(test)]
mod tests;
