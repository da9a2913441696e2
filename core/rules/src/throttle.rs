//! How many failed attempts are borne: counters, and the blocks they lead to.
//!
//! An attempt to prove a password touches the counters that [`keys`] names. Each of them goes
//! through these states, a function of the stored [`Counter`] and the time:
//!
//! ```text
//!            count                  count: failures = limit
//!   (none) ─────────▶ counting ──────────────────────────────▶ blocked
//!     ▲                │     ▲                                    │
//!     │ success        │     │ count: a new window            time│passes
//!     ├────────────────┘     │                                    │
//!     │                      └──────────── served ◀───────────────┘
//!     └── expires_at ── (any but blocked)
//! ```
//!
//! - *counting*: fewer failures than the limit since the window began. The first failure after the
//!   window's end begins a new one.
//! - *blocked*: [`check`] refuses. A refused attempt is not counted and prolongs nothing.
//! - *served*: the block is over; the next failure begins a new window. The next block lasts twice as
//!   long, up to the maximum.
//!
//! An attempt is checked twice: before its password is hashed, to spare the work, and after that,
//! before anybody is told what came out. A failure is told only once it is written to every counter,
//! and whoever loses the race to write one starts again at `check`; a success is told only where no
//! block holds by then. So attempts made in parallel tell as much as the same attempts one after the
//! other, however many of them are hashed at once, and right passwords, which count nowhere, are in
//! nobody's way.
//!
//! The counters of an account and of a known device also add up consecutive failures over all
//! windows. At `Throttle::account_cap` they are blocked for good (NIST SP 800-63B-4 §3.2.2). An
//! administrator's unlock changes the account's throttle epoch and with it the keys; and the owner
//! can log in from a known device, whose attempts touch the device's counter alone.
//!
//! Time may stand still or go backwards between calls. Then windows and blocks last longer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::settings::{Throttle, ThrottleLimit};

/// "For good", in Unix milliseconds: the last second of the year 9999, which every store can hold.
const FOREVER: u64 = 253_402_300_799_000;

/// For so long without a failure consecutive failures are remembered. Longer would let anybody fill
/// the store with accounts that do not exist; a guess a month leads nowhere.
const CAP_MEMORY_MILLIS: u64 = 30 * 86_400 * 1000;

/// What was counted under one key. Times are Unix milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Failures within the present window.
    pub failures: u32,
    /// When the present window began.
    pub window_started_at: u64,
    /// Until when attempts are refused; the end of the last block when they are not, 0 without one.
    pub blocked_until: u64,
    /// How many blocks came one after the other.
    pub blocks: u32,
    /// Failures since the last success, over all windows.
    pub consecutive: u32,
}

impl Counter {
    /// Whether attempts are refused at `now`.
    pub fn is_blocked(&self, now: u64) -> bool {
        now < self.blocked_until
    }
}

/// What a counter counts by, and so which limit holds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Failures on one account from one source.
    AccountAndSource,
    /// Failures on one account from anywhere.
    Account,
    /// Failures from one source on any account.
    Source,
    /// Failures on one account from one known device.
    Device,
}

/// Who attempts what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The canonical address the attempt is for, whether an account has it or not.
    pub email_key: &'a str,
    /// Of the account; 0 without one.
    pub throttle_epoch: u64,
    /// As [`crate::source::group`] names it.
    pub source: &'a str,
    /// The id from a *verified* device token of this account.
    pub device: Option<&'a str>,
}

/// Too many failures; nothing was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// When to try again at the earliest; at least 1.
    pub retry_after_seconds: u32,
}

/// The counters an attempt touches: of a known device its own alone, so that the owner gets in while
/// others hammer the account, else those of the account, of the source and of both.
///
/// A key is less than 64 bytes long and names nobody: it holds a hash of what it counts by.
pub fn keys(subject: &Subject<'_>) -> Vec<(Kind, String)> {
    if subject.device.is_some() {
        return vec![(Kind::Device, key(Kind::Device, subject))];
    }
    [Kind::AccountAndSource, Kind::Account, Kind::Source]
        .map(|kind| (kind, key(kind, subject)))
        .to_vec()
}

/// The counters that a success removes. That of the source is not among them, or an attacker's own
/// account would wipe out the failures on all others. A known device removes, besides its own, those
/// that keep its owner out elsewhere.
pub fn keys_freed(subject: &Subject<'_>) -> Vec<String> {
    let device = subject.device.map(|_| Kind::Device);
    [Kind::AccountAndSource, Kind::Account]
        .into_iter()
        .chain(device)
        .map(|kind| key(kind, subject))
        .collect()
}

/// Whether an attempt may be made, or its outcome be told. Of several blocks the longest is told.
pub fn check(
    counters: &[(Kind, Option<Counter>)],
    settings: &Throttle,
    now: u64,
) -> Result<(), Blocked> {
    let longest = counters
        .iter()
        .filter_map(|(kind, counter)| {
            let rest = counter
                .as_ref()?
                .blocked_until
                .checked_sub(now)
                .filter(|rest| *rest > 0)?;
            let seconds = u32::try_from(rest.div_ceil(1000)).unwrap_or(u32::MAX);
            // A block for good has no time to tell, and a clock set back must not make one up.
            Some(seconds.min(limit(*kind, settings).max_block_seconds).max(1))
        })
        .max();
    longest.map_or(Ok(()), |retry_after_seconds| {
        Err(Blocked {
            retry_after_seconds,
        })
    })
}

/// The counter with one more failure, and when the store may drop it.
///
/// To be written before the failure is told, in place of `before` as [`check`] has seen it. A blocked
/// counter stays as it is.
pub fn count(kind: Kind, before: Option<Counter>, settings: &Throttle, now: u64) -> (Counter, u64) {
    // Whether the store has dropped it yet must make no difference.
    let known = before.filter(|counter| now < expires_at(kind, counter, settings));
    let after = match known {
        Some(counter) if counter.is_blocked(now) => counter,
        _ => one_more(kind, known.unwrap_or_default(), settings, now),
    };
    (after, expires_at(kind, &after, settings))
}

fn one_more(kind: Kind, mut counter: Counter, settings: &Throttle, now: u64) -> Counter {
    let limit = limit(kind, settings);
    let window_is_over = now >= window_end(&counter, limit);
    if counter.failures == 0 || window_is_over || block_of_window(&counter) {
        counter.failures = 0;
        counter.window_started_at = now;
    }
    counter.failures = counter.failures.saturating_add(1);
    counter.consecutive = counter.consecutive.saturating_add(1);
    if counter.failures >= limit.failures {
        counter.blocked_until = now.saturating_add(block_millis(limit, counter.blocks));
        counter.blocks = counter.blocks.saturating_add(1);
    }
    if is_capped(kind) && counter.consecutive >= settings.account_cap {
        counter.blocked_until = FOREVER;
    }
    counter
}

/// When a counter is as good as none, in Unix milliseconds: when it has seen no failure for as long
/// as the longest block, or for 30 days where the cap holds and that is longer.
pub fn expires_at(kind: Kind, counter: &Counter, settings: &Throttle) -> u64 {
    let limit = limit(kind, settings);
    let longest_block = millis(limit.max_block_seconds);
    let memory = if is_capped(kind) {
        longest_block.max(CAP_MEMORY_MILLIS)
    } else {
        longest_block
    };
    window_end(counter, limit)
        .max(counter.blocked_until)
        .saturating_add(memory)
        .min(FOREVER)
}

/// Whether consecutive failures end in a block for good. Every attempt touches one such counter.
fn is_capped(kind: Kind) -> bool {
    matches!(kind, Kind::Account | Kind::Device)
}

/// Whether the last block was started within the present window: the next failure begins a new one.
fn block_of_window(counter: &Counter) -> bool {
    counter.blocked_until > counter.window_started_at
}

fn window_end(counter: &Counter, limit: &ThrottleLimit) -> u64 {
    counter
        .window_started_at
        .saturating_add(millis(limit.window_seconds))
}

fn block_millis(limit: &ThrottleLimit, blocks: u32) -> u64 {
    let doubled = limit
        .block_seconds
        .saturating_mul(2u32.saturating_pow(blocks));
    millis(doubled.min(limit.max_block_seconds))
}

fn millis(seconds: u32) -> u64 {
    u64::from(seconds).saturating_mul(1000)
}

fn limit(kind: Kind, settings: &Throttle) -> &ThrottleLimit {
    match kind {
        Kind::AccountAndSource => &settings.account_and_source,
        Kind::Account => &settings.account,
        Kind::Source => &settings.source,
        Kind::Device => &settings.device,
    }
}

fn key(kind: Kind, subject: &Subject<'_>) -> String {
    let epoch = subject.throttle_epoch.to_string();
    let account = [subject.email_key, &epoch];
    let (name, parts) = match kind {
        Kind::AccountAndSource => (
            "account-source",
            [account.as_slice(), &[subject.source]].concat(),
        ),
        Kind::Account => ("account", account.to_vec()),
        Kind::Source => ("source", vec![subject.source]),
        Kind::Device => (
            "device",
            [account.as_slice(), subject.device.as_slice()].concat(),
        ),
    };
    let mut hash = Sha256::new();
    for part in parts {
        // Every part ends in a byte that is in no text, so that no two lists of parts are one text.
        hash.update(part);
        hash.update([0xff]);
    }
    format!("{name}:{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

#[cfg(test)]
mod tests;
