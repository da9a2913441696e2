//! The throttle: counters of failed attempts, and the blocks they lead to.
//!
//! An attempt to prove a password is judged by the counters that [`keys`] names. Each of them goes
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
//! - *blocked*: [`check`] refuses. A refused attempt is not counted and prolongs no block.
//! - *served*: the block has ended; the next failure begins a new window. The next block lasts twice as
//!   long, up to the maximum.
//!
//! An attempt is checked twice, and its counters are read twice: before the password is hashed, so
//! that a blocked attempt costs no hash, and after that, before the outcome is answered. A failure is
//! answered only once it is written to every counter, and a flow that loses the race to write one
//! starts again at `check`; a success is answered only when no block holds by then. So attempts made in
//! parallel tell as much as the same attempts one after the other, however many of them are hashed at
//! once. With one read before the hash alone, a hundred parallel guesses would all be judged by the
//! counters of none; with one after it alone, blocked attempts would cost a hash each. Right passwords
//! count nowhere and delay no other attempt.
//!
//! The counters of an account and of a known device also add up consecutive failures over all
//! windows. At `Throttle::account_cap` they are blocked permanently (NIST SP 800-63B-4 §3.2.2). An
//! administrator's unlock changes the account's throttle epoch and with it the keys; and the owner
//! can log in from a known device, whose attempts touch the device's counter alone.
//!
//! Time may stand still or go backwards between calls. Then windows and blocks last longer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::settings::{Throttle, ThrottleLimit};

/// The end of a permanent block, in Unix milliseconds: the last second of the year 9999, which every
/// store can hold.
const FOREVER: u64 = 253_402_300_799_000;

/// How long consecutive failures are remembered after the last one. A longer time would let strangers
/// fill the store with addresses that have no account; one guess a month leads nowhere.
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
pub enum Scope {
    /// Failures on one account from one source.
    AccountAndSource,
    /// Failures on one account from anywhere.
    Account,
    /// Failures from one source on any account.
    Source,
    /// Failures on one account from one known device.
    Device,
}

/// What an attempt is counted by.
#[derive(Clone, Copy, Debug)]
pub struct AttemptFacts<'a> {
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

/// One counter of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterKey {
    /// What it counts by.
    pub scope: Scope,
    /// Its key in the store: less than 64 bytes, and a hash in place of what it counts by.
    pub text: String,
    /// Whether its block refuses the attempt, and the attempt's failure counts in it.
    pub is_judged: bool,
    /// Whether the attempt's success removes it.
    pub is_cleared: bool,
}

/// The counters of an attempt.
///
/// An attempt from a known device is judged by the counter of that device alone, so the owner gets in
/// while others attack the account; any other by those of the account, of the source and of both.
///
/// A success removes the counters of the account, but not that of the source: otherwise an attacker's
/// own account would remove the failures on all others. A success from a known device also removes
/// those that block its owner on other devices.
pub fn keys(attempt: &AttemptFacts<'_>) -> Vec<CounterKey> {
    let is_known = attempt.device.is_some();
    let counter = |scope, is_judged, is_cleared| CounterKey {
        scope,
        text: key(scope, attempt),
        is_judged,
        is_cleared,
    };
    vec![
        counter(Scope::AccountAndSource, !is_known, true),
        counter(Scope::Account, !is_known, true),
        if is_known {
            counter(Scope::Device, true, true)
        } else {
            counter(Scope::Source, true, false)
        },
    ]
}

/// Whether an attempt may be made, or its outcome be told. Of several blocks the longest is told.
pub fn check(
    counters: &[(Scope, Option<Counter>)],
    settings: &Throttle,
    now: u64,
) -> Result<(), Blocked> {
    let longest = counters
        .iter()
        .filter_map(|(scope, counter)| {
            let rest = counter
                .as_ref()?
                .blocked_until
                .checked_sub(now)
                .filter(|rest| *rest > 0)?;
            let seconds = u32::try_from(rest.div_ceil(1000)).unwrap_or(u32::MAX);
            // A permanent block has no end to tell, and a clock set back must not invent one.
            Some(
                seconds
                    .min(limit(*scope, settings).max_block_seconds)
                    .max(1),
            )
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
pub fn count(
    scope: Scope,
    before: Option<Counter>,
    settings: &Throttle,
    now: u64,
) -> (Counter, u64) {
    // Whether the store has dropped it yet must make no difference.
    let known = before.filter(|counter| now < expires_at(scope, counter, settings));
    let after = match known {
        Some(counter) if counter.is_blocked(now) => counter,
        _ => one_more(scope, known.unwrap_or_default(), settings, now),
    };
    (after, expires_at(scope, &after, settings))
}

fn one_more(scope: Scope, mut counter: Counter, settings: &Throttle, now: u64) -> Counter {
    let limit = limit(scope, settings);
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
    if is_capped(scope) && counter.consecutive >= settings.account_cap {
        counter.blocked_until = FOREVER;
    }
    counter
}

/// When a counter has no effect any more, in Unix milliseconds: when it has seen no failure for as
/// long as the longest block, or for 30 days where the cap holds and that is longer.
pub fn expires_at(scope: Scope, counter: &Counter, settings: &Throttle) -> u64 {
    let limit = limit(scope, settings);
    let longest_block = millis(limit.max_block_seconds);
    let memory = if is_capped(scope) {
        longest_block.max(CAP_MEMORY_MILLIS)
    } else {
        longest_block
    };
    window_end(counter, limit)
        .max(counter.blocked_until)
        .saturating_add(memory)
        .min(FOREVER)
}

/// Whether consecutive failures end in a permanent block. Every attempt is judged by one such counter.
fn is_capped(scope: Scope) -> bool {
    matches!(scope, Scope::Account | Scope::Device)
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

fn limit(scope: Scope, settings: &Throttle) -> &ThrottleLimit {
    match scope {
        Scope::AccountAndSource => &settings.account_and_source,
        Scope::Account => &settings.account,
        Scope::Source => &settings.source,
        Scope::Device => &settings.device,
    }
}

fn key(scope: Scope, attempt: &AttemptFacts<'_>) -> String {
    let epoch = attempt.throttle_epoch.to_string();
    let account = [attempt.email_key, &epoch];
    let (name, parts) = match scope {
        Scope::AccountAndSource => (
            "account-source",
            [account.as_slice(), &[attempt.source]].concat(),
        ),
        Scope::Account => ("account", account.to_vec()),
        Scope::Source => ("source", vec![attempt.source]),
        Scope::Device => (
            "device",
            [account.as_slice(), attempt.device.as_slice()].concat(),
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
