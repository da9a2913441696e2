//! The throttle: counters of failed attempts, and the blocks they lead to.
//!
//! An attempt to prove a password is judged by the counters that [`keys`] names. Each counter is in
//! one of these states, which follows from the stored [`Counter`] and the time:
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
//! that a blocked attempt costs no hash, and after that, before the outcome is told. A failure is
//! told only after it was written to every counter; a flow that loses the race to write one starts
//! again at `check`. A success is told only if no block holds by then. So parallel attempts reveal
//! no more than the same attempts one after the other, however many of them are hashed at once.
//! With only the first read, a hundred parallel guesses would all be judged before any failure was
//! counted; with only the second, each blocked attempt would cost a hash. Right passwords are not
//! counted and delay no other attempt.
//!
//! The counters of an account and of a known device also add up consecutive failures across all
//! windows. At `Throttle::account_cap` they are blocked permanently (NIST SP 800-63B-4 §3.2.2). An
//! administrator's unlock changes the account's throttle epoch and with it the keys of the
//! counters. The owner can also log in from a known device, whose attempts are judged by the
//! device's counter alone.
//!
//! Time may stand still or go backwards between calls; windows and blocks then last longer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::settings::{Throttle, ThrottleLimit};

/// The end of a permanent block, in Unix milliseconds: the last second of the year 9999, which
/// every store can hold.
const FOREVER: u64 = 253_402_300_799_000;

/// How long consecutive failures are remembered after the last one. With a longer time, strangers
/// could fill the store with addresses that have no account; an attacker gains nothing from one
/// guess a month.
const CAP_MEMORY_MILLIS: u64 = 30 * 86_400 * 1000;

/// The failures counted under one key. Times are in Unix milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Failures within the current window.
    pub failures: u32,
    /// When the current window began.
    pub window_started_at: u64,
    /// The end of the latest block, which is kept after it has passed; 0 when there was no block.
    pub blocked_until: u64,
    /// How many blocks have followed one another.
    pub blocks: u32,
    /// Failures since the last success, across all windows.
    pub consecutive: u32,
}

impl Counter {
    /// Whether attempts are refused at `now`.
    pub fn is_blocked(&self, now: u64) -> bool {
        now < self.blocked_until
    }
}

/// What a counter counts by, which also determines its limit.
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

/// The facts about an attempt that decide which counters it has.
#[derive(Clone, Copy, Debug)]
pub struct AttemptFacts<'a> {
    /// The canonical address in the attempt, which need not belong to an account.
    pub email_key: &'a str,
    /// The throttle epoch of the account; 0 if the account does not exist.
    pub throttle_epoch: u64,
    /// The source of the attempt, as [`crate::source::group`] names it.
    pub source: &'a str,
    /// The id from a *verified* device token of this account, if there is one.
    pub device: Option<&'a str>,
}

/// The refusal of an attempt after too many failures. The attempt was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The time to wait before another attempt; at least 1.
    pub retry_after_seconds: u32,
}

/// One of the counters of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterKey {
    /// What the counter counts by.
    pub scope: Scope,
    /// The key of the counter in the store: fewer than 64 bytes, with a hash in place of personal
    /// data.
    pub text: String,
    /// Whether a block of this counter refuses the attempt, and a failure is counted in it.
    pub is_judged: bool,
    /// Whether a success removes this counter.
    pub is_cleared: bool,
}

/// Returns the counters of an attempt.
///
/// An attempt from a known device is judged by the counter of that device alone, so the owner can
/// log in while others attack the account. Every other attempt is judged by the counters of the
/// account, of the source, and of both together.
///
/// A success removes the counters of the account, but not that of the source: otherwise attackers
/// could clear their failures on all other accounts by logging in to their own. A success from a
/// known device also removes the counters that block the owner on other devices.
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

/// Whether an attempt may be made, or its outcome may be told. Of several blocks, the longest is
/// returned.
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
            // A permanent block has no end to report, not even after the clock was set back.
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

/// Returns the counter with one more failure, and when the store may drop it.
///
/// The result must be written before the failure is told, in place of `before`, which [`check`] has
/// seen. A blocked counter is returned unchanged.
pub fn count(
    scope: Scope,
    before: Option<Counter>,
    settings: &Throttle,
    now: u64,
) -> (Counter, u64) {
    // Whether the store has already dropped an expired counter must make no difference.
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

/// When a counter no longer has an effect, in Unix milliseconds: when it has seen no failure for as
/// long as the longest block lasts, or for 30 days if the cap applies and that is longer.
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

/// Whether consecutive failures lead to a permanent block. Every attempt is judged by one counter
/// for which they do.
fn is_capped(scope: Scope) -> bool {
    matches!(scope, Scope::Account | Scope::Device)
}

/// Whether the latest block began within the current window, so that the next failure begins a new
/// window.
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
        // Each part ends with a byte that occurs in no text, so that different lists of parts give
        // different hashes.
        hash.update(part);
        hash.update([0xff]);
    }
    format!("{name}:{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
}

#[cfg(test)]
mod tests;
