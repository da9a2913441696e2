//! Attempts to prove a password, under the throttle.

use auth_rules::settings::Throttle;
use auth_rules::throttle::{self, AttemptFacts, CounterKey, Scope};

use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::throttle_store::{self, Counter};
use crate::flows::accounts;
use crate::imports::{audit, convert};

/// An attempt that no block has refused. The caller may tell its outcome once
/// [`conclude`](Self::conclude) agrees.
pub(crate) struct Attempt {
    account_id: Option<String>,
    keys: Vec<CounterKey>,
    settings: Throttle,
}

/// The seconds after which a refused attempt may be repeated.
pub(crate) struct RetryAfter(pub(crate) u32);

/// Refuses an attempt during a block, before hashing its password costs anything.
pub(crate) fn begin(
    facts: &AttemptFacts<'_>,
    account_id: Option<&str>,
    settings: Throttle,
    now: u64,
) -> Result<Attempt, RetryAfter> {
    let attempt = Attempt {
        account_id: account_id.map(str::to_owned),
        keys: throttle::keys(facts),
        settings,
    };
    attempt.check(&read(attempt.keys.iter().filter(|key| key.is_judged)), now)?;
    Ok(attempt)
}

/// The key of a counter, and the counter as it was read from the store.
struct Read<'a> {
    key: &'a CounterKey,
    stored: Option<Counter>,
}

fn read<'a>(keys: impl Iterator<Item = &'a CounterKey>) -> Vec<Read<'a>> {
    let keys: Vec<&CounterKey> = keys.collect();
    let texts: Vec<String> = keys.iter().map(|key| key.text.clone()).collect();
    let stored = throttle_store::find(&texts);
    keys.into_iter()
        .zip(stored)
        .map(|(key, stored)| Read { key, stored })
        .collect()
}

impl Attempt {
    /// Counts a failure, or removes counters after a success. Refuses when failures of other
    /// attempts have begun a block since [`begin`]: then the caller must not tell the outcome.
    ///
    /// The counters are read again, for the reason that `auth_rules::throttle` states: the first
    /// read alone would miss the failures of attempts made in parallel.
    pub(crate) fn conclude(self, is_right: bool, now: u64) -> Result<(), RetryAfter> {
        let counters = read(
            self.keys
                .iter()
                .filter(|key| key.is_judged || key.is_cleared),
        );
        self.check(&counters, now)?;
        if is_right {
            clear(&counters);
            return Ok(());
        }
        let mut begins_block = false;
        for counter in counters.into_iter().filter(|counter| counter.key.is_judged) {
            begins_block |= self.count(counter, now)?;
        }
        let id = self.account_id.as_deref();
        audit::note(EventKind::LoginFailed, id, None);
        if begins_block {
            audit::note(EventKind::LoginThrottled, id, None);
        }
        Ok(())
    }

    fn check(&self, counters: &[Read<'_>], now: u64) -> Result<(), RetryAfter> {
        let judged: Vec<(Scope, Option<throttle::Counter>)> = counters
            .iter()
            .filter(|counter| counter.key.is_judged)
            .map(|counter| (counter.key.scope, counter.facts()))
            .collect();
        throttle::check(&judged, &self.settings, now)
            .map_err(|blocked| RetryAfter(blocked.retry_after_seconds))
    }

    /// Counts a failure in one counter and returns whether that begins a block. A flow that loses
    /// the race to write is checked again, since the winner's failure may have begun a block.
    fn count(&self, mut counter: Read<'_>, now: u64) -> Result<bool, RetryAfter> {
        let key = counter.key;
        loop {
            let (after, expires_at) =
                throttle::count(key.scope, counter.facts(), &self.settings, now);
            let replaces = counter.stored.as_ref().map(|counter| counter.version);
            let written = convert::counter_to_wit(after, replaces.map_or(1, accounts::next));
            if throttle_store::put(&key.text, written, replaces, expires_at).is_ok() {
                return Ok(after.is_blocked(now));
            }
            let counters = read([key].into_iter());
            self.check(&counters, now)?;
            counter.stored = counters
                .into_iter()
                .next()
                .and_then(|counter| counter.stored);
        }
    }
}

impl Read<'_> {
    fn facts(&self) -> Option<throttle::Counter> {
        self.stored.as_ref().map(convert::counter_to_rule)
    }
}

/// Removes the counters that a success clears. Most logins follow no failure, so they write
/// nothing.
fn clear(counters: &[Read<'_>]) {
    let cleared = counters.iter().filter(|counter| counter.key.is_cleared);
    if cleared.clone().any(|counter| counter.stored.is_some()) {
        let keys: Vec<String> = cleared.map(|counter| counter.key.text.clone()).collect();
        throttle_store::remove(&keys);
    }
}
