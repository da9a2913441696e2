//! Attempts to prove a password, under the throttle.

use auth_rules::settings::Throttle;
use auth_rules::throttle::{self, Kind, Subject};

use crate::accounts;
use crate::bindings::countersign::auth::throttle_store::{self, Counter};
use crate::bindings::countersign::auth::types::ReplaceError;
use crate::convert;

/// An attempt that was let in and counted. Until it is taken back it stands as a failure, so that
/// guesses made at the same time cannot all pass before the first of them is counted.
pub(crate) struct Attempt {
    counted: Vec<(Kind, String)>,
    freed_by_device: Vec<String>,
}

/// Seconds after which a refused attempt may be tried again.
pub(crate) struct RetryAfter(pub(crate) u32);

/// Counts an attempt before its password is checked; refuses it, uncounted, while a block lasts.
pub(crate) fn begin(
    subject: &Subject<'_>,
    settings: &Throttle,
    now: u64,
) -> Result<Attempt, RetryAfter> {
    let counted = throttle::keys(subject);
    let stored = find(&counted);
    check(&counted, &stored, settings, now)?;
    for ((kind, key), counter) in counted.iter().zip(stored) {
        count(*kind, key, counter, settings, now)?;
    }
    let freed_by_device =
        if subject.device.is_some() { throttle::keys_freed_by_device(subject) } else { vec![] };
    Ok(Attempt { counted, freed_by_device })
}

impl Attempt {
    /// The password was right: forget the failures, as far as a success does.
    pub(crate) fn succeeded(self, settings: &Throttle) {
        let (shared, own): (Vec<_>, Vec<_>) =
            self.counted.into_iter().partition(|(kind, _)| *kind == Kind::Source);
        let mut forgotten: Vec<String> = own.into_iter().map(|(_, key)| key).collect();
        forgotten.extend(self.freed_by_device);
        throttle_store::remove(&forgotten);
        for (kind, key) in shared {
            take_back(kind, &key, settings);
        }
    }
}

fn find(keys: &[(Kind, String)]) -> Vec<Option<Counter>> {
    let names: Vec<String> = keys.iter().map(|(_, key)| key.clone()).collect();
    throttle_store::find(&names)
}

fn find_one(key: &str) -> Option<Counter> {
    throttle_store::find(&[key.to_owned()]).into_iter().next().flatten()
}

fn check(
    keys: &[(Kind, String)],
    stored: &[Option<Counter>],
    settings: &Throttle,
    now: u64,
) -> Result<(), RetryAfter> {
    let counters: Vec<_> = keys
        .iter()
        .zip(stored)
        .map(|((kind, _), counter)| (*kind, counter.as_ref().map(convert::counter_to_rule)))
        .collect();
    throttle::check(&counters, settings, now)
        .map_err(|blocked| RetryAfter(blocked.retry_after_seconds))
}

/// Counts under one key. Whoever loses the race to write is checked again: the winner may have been
/// the failure that starts a block.
fn count(
    kind: Kind,
    key: &str,
    stored: Option<Counter>,
    settings: &Throttle,
    now: u64,
) -> Result<(), RetryAfter> {
    let mut stored = stored;
    loop {
        let before = stored.as_ref().map(convert::counter_to_rule);
        let (after, expires_at) = throttle::count(kind, before, settings, now);
        if put(key, after, stored.as_ref(), expires_at).is_ok() {
            return Ok(());
        }
        stored = find_one(key);
        check(&[(kind, key.to_owned())], std::slice::from_ref(&stored), settings, now)?;
    }
}

fn take_back(kind: Kind, key: &str, settings: &Throttle) {
    while let Some(stored) = find_one(key) {
        let Some(after) = throttle::after_success(kind, convert::counter_to_rule(&stored)) else {
            return throttle_store::remove(&[key.to_owned()]);
        };
        let expires_at = throttle::expires_at(kind, &after, settings);
        if put(key, after, Some(&stored), expires_at).is_ok() {
            return;
        }
    }
}

fn put(
    key: &str,
    after: throttle::Counter,
    before: Option<&Counter>,
    expires_at: u64,
) -> Result<(), ReplaceError> {
    let replaces = before.map(|counter| counter.version);
    let version = replaces.map_or(1, accounts::next);
    throttle_store::put(key, convert::counter_to_wit(after, version), replaces, expires_at)
}
