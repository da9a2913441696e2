//! The throttle: counters of failed attempts, and the blocks they lead to.
//!
//! Which counters judge an attempt, [`crate::attempt`] says. Each counter is in one of these states,
//! which follows from the stored [`Counter`] and the time:
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
//! Three counters of an account also add up consecutive failures across all windows: that of
//! strangers, that of known sources and that of known devices. `Throttle::account_cap` is divided
//! among them, so that all together allow that many failures in a row at the usual pace. A counter
//! that has used up its share lets in one attempt per wait, and the wait doubles from one hour to
//! one day. A success of the owner, or 30 days without a failure, ends the row. No block is
//! without end, because strangers could force it on any account.
//!
//! Registrations are counted by source as well, with [`Scope::Registration`]. There every attempt
//! counts, since each one costs a hash, and it is counted before its password is hashed.
//!
//! Time may stand still or go backwards between calls; windows and blocks then last longer.

use crate::settings::{Throttle, ThrottleLimit};

/// The last second of the year 9999, in Unix milliseconds, which every store can hold.
const LATEST: u64 = 253_402_300_799_000;

/// How long consecutive failures are remembered after the last one. With a longer time, strangers
/// could fill the store with addresses that have no account; an attacker gains little from one
/// row of guesses a month.
const ROW_MEMORY_MILLIS: u64 = 30 * 86_400 * 1000;

/// The wait after the failure that uses up a counter's share of the cap. Each further failure
/// doubles it.
const FIRST_WAIT_SECONDS: u32 = 3_600;

/// The longest wait between two attempts after the share of the cap is used up.
const LONGEST_WAIT_SECONDS: u32 = 86_400;

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
    /// Failures on one account from strangers: from sources and devices that did not log in to it
    /// before.
    Account,
    /// Failures from one source on any account.
    Source,
    /// Failures on one account from all sources that logged in to it before.
    KnownSources,
    /// Failures on one account from one known device.
    Device,
    /// Failures on one account from all known devices.
    Devices,
    /// Attempts to register from one source.
    Registration,
}

/// The refusal of an attempt after too many failures. The attempt was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The time to wait before another attempt; at least 1.
    pub retry_after_seconds: u32,
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
            // A clock that was set back must not make the wait longer than any can be.
            Some(seconds.min(longest_block_seconds(*scope, settings)).max(1))
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
    if let Some(beyond) = beyond_share(scope, &counter, settings) {
        let wait_ends_at = now.saturating_add(wait_millis(beyond));
        counter.blocked_until = counter.blocked_until.max(wait_ends_at);
    }
    counter
}

/// When a counter no longer has an effect, in Unix milliseconds: when it has seen no failure for as
/// long as the longest block lasts, or for 30 days if it adds up consecutive failures and that is
/// longer.
pub fn expires_at(scope: Scope, counter: &Counter, settings: &Throttle) -> u64 {
    let longest_block = millis(longest_block_seconds(scope, settings));
    let memory = match share(scope, settings) {
        Some(_) => longest_block.max(ROW_MEMORY_MILLIS),
        None => longest_block,
    };
    window_end(counter, limit(scope, settings))
        .max(counter.blocked_until)
        .saturating_add(memory)
        .min(LATEST)
}

/// The part of the account's cap that this counter may use up at the usual pace; `None` for a
/// counter that does not add up consecutive failures. All shares together are the cap.
fn share(scope: Scope, settings: &Throttle) -> Option<u32> {
    let known_sources = settings.account_cap / 5;
    let devices = settings.account_cap.saturating_mul(3) / 10;
    match scope {
        Scope::Account => Some(
            settings
                .account_cap
                .saturating_sub(known_sources)
                .saturating_sub(devices),
        ),
        Scope::KnownSources => Some(known_sources),
        Scope::Devices => Some(devices),
        Scope::AccountAndSource | Scope::Source | Scope::Device | Scope::Registration => None,
    }
}

/// How many failures in a row came after the one that used up the share; `None` while some of the
/// share is left.
fn beyond_share(scope: Scope, counter: &Counter, settings: &Throttle) -> Option<u32> {
    counter.consecutive.checked_sub(share(scope, settings)?)
}

fn wait_millis(beyond: u32) -> u64 {
    let doubled = FIRST_WAIT_SECONDS.saturating_mul(2u32.saturating_pow(beyond));
    millis(doubled.min(LONGEST_WAIT_SECONDS))
}

fn longest_block_seconds(scope: Scope, settings: &Throttle) -> u32 {
    let longest = limit(scope, settings).max_block_seconds;
    match share(scope, settings) {
        Some(_) => longest.max(LONGEST_WAIT_SECONDS),
        None => longest,
    }
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
        Scope::Account | Scope::KnownSources | Scope::Devices => &settings.account,
        Scope::Source => &settings.source,
        Scope::Device => &settings.device,
        Scope::Registration => &settings.registration,
    }
}

#[cfg(test)]
mod tests;
