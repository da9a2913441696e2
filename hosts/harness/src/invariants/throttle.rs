//! Invariants of counters and blocks.

use auth_memory::Change;
use auth_runtime::{Counter, ThrottleLimit};

use super::view::View;
use crate::run::call::Call;

/// The waits of an account whose share of the cap is used up, in seconds (NIST SP 800-63B-4 §3.2.2).
const FIRST_WAIT_SECONDS: u64 = 3_600;
const LONGEST_WAIT_SECONDS: u64 = 86_400;

pub(crate) fn is_not_prolonged(view: &View<'_>) -> Result<(), String> {
    for acted in &view.round.acts {
        let is_blocked = acted.outcome() == "throttled" && acted.hashes == 0;
        let written = view
            .round
            .entries
            .iter()
            .find_map(|entry| match &entry.change {
                Change::Counter { key, .. } if entry.lane == acted.lane => Some(key),
                _ => None,
            });
        if let (true, Some(key)) = (is_blocked, written) {
            return Err(format!("a blocked attempt wrote the counter {}", kind(key)));
        }
    }
    Ok(())
}

pub(crate) fn keeps_to_the_policy(view: &View<'_>) -> Result<(), String> {
    for entry in &view.round.entries {
        let Change::Counter {
            key,
            before,
            after: Some(after),
        } = &entry.change
        else {
            continue;
        };
        let until = before.map_or(0, |before| before.blocked_until);
        if after.blocked_until > until {
            // Time may have passed since the flow read the clock, and the clock may differ.
            let slack = view.round.slack.hosts;
            let longest = (after.blocked_until + slack).saturating_sub(view.round.began);
            let shortest = after.blocked_until.saturating_sub(entry.at + slack);
            lasts_as_long(view, kind(key), after, shortest..=longest)?;
        } else if is_beyond_share(view, kind(key), after) {
            return Err(format!(
                "{} failures in a row began no wait in the counter {}",
                after.consecutive,
                kind(key)
            ));
        }
    }
    Ok(())
}

fn lasts_as_long(
    view: &View<'_>,
    kind: &str,
    counter: &Counter,
    millis: std::ops::RangeInclusive<u64>,
) -> Result<(), String> {
    let Some(limit) = limit(view, kind) else {
        return Ok(());
    };
    let doubled = |first: u64, times: u32| first.saturating_mul(2_u64.saturating_pow(times));
    let block = match counter.failures >= limit.failures {
        true => doubled(limit.block_seconds.into(), counter.blocks.saturating_sub(1)),
        false => 0,
    };
    let block = block.min(limit.max_block_seconds.into());
    let beyond = share(view, kind).and_then(|share| counter.consecutive.checked_sub(share));
    let wait = beyond.map_or(0, |beyond| doubled(FIRST_WAIT_SECONDS, beyond));
    let right = block.max(wait.min(LONGEST_WAIT_SECONDS)) * 1_000;
    if millis.contains(&right) {
        return Ok(());
    }
    Err(format!(
        "a block of the counter {kind} lasts {} ms in place of {right} ms",
        millis.end()
    ))
}

fn is_beyond_share(view: &View<'_>, kind: &str, counter: &Counter) -> bool {
    let is_blocked = view.round.began < counter.blocked_until + view.round.slack.hosts;
    !is_blocked && share(view, kind).is_some_and(|share| counter.consecutive >= share)
}

/// The part of the cap on failures in a row that a counter has.
fn share(view: &View<'_>, kind: &str) -> Option<u32> {
    let cap = view.settings().throttle.account_cap;
    let (known_sources, devices) = (cap / 5, cap * 3 / 10);
    match kind {
        "account" => Some(cap - known_sources - devices),
        "known-sources" => Some(known_sources),
        "devices" => Some(devices),
        _ => None,
    }
}

fn limit<'a>(view: &View<'a>, kind: &str) -> Option<&'a ThrottleLimit> {
    let limits = &view.settings().throttle;
    match kind {
        "account-source" => Some(&limits.account_and_source),
        "account" | "known-sources" | "devices" => Some(&limits.account),
        "source" => Some(&limits.source),
        "device" => Some(&limits.device),
        "registration" => Some(&limits.registration),
        _ => None,
    }
}

/// The beginning of a key, which says what the counter counts by.
fn kind(key: &str) -> &str {
    key.split(':').next().unwrap_or_default()
}

pub(crate) fn is_cleared_by_its_owner(view: &View<'_>) -> Result<(), String> {
    for entry in &view.round.entries {
        let Change::Counter {
            key, after: None, ..
        } = &entry.change
        else {
            continue;
        };
        if matches!(kind(key), "source" | "registration") {
            return Err(format!("the counter {} was removed", kind(key)));
        }
        let acted = view.round.acts.iter().find(|it| it.lane == entry.lane);
        let address = acted.and_then(|acted| view.known.address(acted));
        let owner = view
            .known
            .counters
            .get(key)
            .and_then(|it| it.owner.as_ref());
        if let (Some(owner), Some(address)) = (owner, address)
            && *owner != address
        {
            return Err(format!("a flow of {address} cleared a counter of {owner}"));
        }
    }
    is_cleared(view)
}

/// After a login no counter of the account is left.
fn is_cleared(view: &View<'_>) -> Result<(), String> {
    let Some(acted) = view.round.alone().filter(|acted| acted.is_ok()) else {
        return Ok(());
    };
    let Call::Login(attempt) = acted.call else {
        return Ok(());
    };
    let is_removed = |key: &str| {
        view.round.entries.iter().any(|entry| {
            matches!(&entry.change, Change::Counter { key: it, after: None, .. } if it == key)
        })
    };
    // Older ones may have expired.
    let began = view.round.began + view.round.slack.records;
    let is_fresh = |written_at: u64| began < written_at + 3_600_000;
    let left = view.known.counters.iter().find(|(key, known)| {
        known.owner.as_ref() == Some(&attempt.email)
            && matches!(kind(key), "account" | "known-sources" | "devices")
            && is_fresh(known.written_at)
            && known.counter.failures > 0
            && !is_removed(key)
    });
    match left {
        None => Ok(()),
        Some((key, _)) => Err(format!("the counter {} is left", kind(key))),
    }
}
