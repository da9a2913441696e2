//! Attempts to prove a password, under the throttle.

use auth_rules::attempt::{self, AttemptFacts, CounterKey, Target};
use auth_rules::settings::Throttle;
use auth_rules::throttle::{self, Scope};

use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::throttle_store::{self, Counter};
use crate::flows::accounts;
use crate::imports::{audit, convert};

/// An attempt that no block has refused. The caller may tell its outcome once
/// [`conclude`](Self::conclude) agrees.
pub(crate) struct Attempt<'a> {
    facts: AttemptFacts<'a>,
    account_id: Option<&'a str>,
    keys: Vec<CounterKey>,
    known_source_key: String,
    settings: Throttle,
}

/// The seconds after which a refused attempt may be repeated.
pub(crate) struct RetryAfter(pub(crate) u32);

/// The record by which the source of an attempt is known to the account, if there is one.
pub(crate) struct KnownSource(Option<Counter>);

/// Refuses an attempt during a block, before hashing its password costs anything. `account_id` is
/// `None` for a decoy.
pub(crate) fn begin<'a>(
    facts: AttemptFacts<'a>,
    account_id: Option<&'a str>,
    settings: Throttle,
    now: u64,
) -> Result<Attempt<'a>, RetryAfter> {
    let attempt = Attempt {
        keys: attempt::keys(&facts),
        known_source_key: attempt::known_source_key(facts.target, facts.source),
        facts,
        account_id,
        settings,
    };
    attempt.admit(&attempt.read(), now)?;
    Ok(attempt)
}

/// Refuses an attempt to register during a block of its source, before it costs anything.
pub(crate) fn begin_registration<'a>(
    source: &str,
    settings: &'a Throttle,
    now: u64,
) -> Result<RegistrationAttempt<'a>, RetryAfter> {
    let key = attempt::registration_key(source);
    let stored = find_one(&key);
    check_one(Scope::Registration, stored.as_ref(), settings, now)?;
    Ok(RegistrationAttempt {
        key,
        stored,
        settings,
    })
}

/// An attempt to register that no block has refused.
pub(crate) struct RegistrationAttempt<'a> {
    key: String,
    stored: Option<Counter>,
    settings: &'a Throttle,
}

impl RegistrationAttempt<'_> {
    /// Counts the attempt, before it is made. Refuses when other attempts have begun a block
    /// since it began.
    pub(crate) fn count(self, now: u64) -> Result<(), RetryAfter> {
        let scope = Scope::Registration;
        count(scope, &self.key, self.stored, self.settings, now).map(drop)
    }
}

/// What the store holds for an attempt.
struct Reading<'a> {
    counters: Vec<Read<'a>>,
    known_source: Option<Counter>,
}

/// The key of a counter, and the counter as it was read from the store.
struct Read<'a> {
    key: &'a CounterKey,
    stored: Option<Counter>,
}

impl Attempt<'_> {
    /// Counts a failure, or removes counters after a success. Refuses when failures of other
    /// attempts have begun a block since [`begin`]: then the caller must not tell the outcome.
    ///
    /// The counters are read again, for the reason that `auth_rules::throttle` states: the first
    /// read alone would miss the failures of attempts made in parallel.
    pub(crate) fn conclude(self, is_right: bool, now: u64) -> Result<KnownSource, RetryAfter> {
        let reading = self.read();
        let way = self.admit(&reading, now)?;
        if is_right {
            clear(&reading.counters);
            return Ok(KnownSource(reading.known_source));
        }
        let mut begins_block = false;
        for counter in reading.counters {
            if way.is_judged_by(counter.key.scope) {
                let Read { key, stored } = counter;
                begins_block |= count(key.scope, &key.text, stored, &self.settings, now)?;
            }
        }
        audit::note(EventKind::LoginFailed, self.account_id, None);
        if begins_block {
            audit::note(EventKind::LoginThrottled, self.account_id, None);
        }
        Ok(KnownSource(reading.known_source))
    }

    /// Reads everything that any way of the attempt may need, so that the call tells nothing of the
    /// account.
    fn read(&self) -> Reading<'_> {
        let keys = self.keys.iter().map(|key| key.text.clone());
        let keys: Vec<String> = keys.chain([self.known_source_key.clone()]).collect();
        let mut stored = throttle_store::find(&keys);
        let known_source = stored.pop().flatten();
        let counters = self.keys.iter().zip(stored);
        Reading {
            counters: counters.map(|(key, stored)| Read { key, stored }).collect(),
            known_source,
        }
    }

    fn admit(&self, reading: &Reading<'_>, now: u64) -> Result<attempt::Way, RetryAfter> {
        let counters = reading.counters.iter();
        let counters: Vec<(Scope, Option<throttle::Counter>)> = counters
            .map(|counter| (counter.key.scope, counter.facts()))
            .collect();
        let known_source = reading.known_source.as_ref().map(convert::counter_to_rule);
        attempt::admit(&self.facts, &counters, known_source, &self.settings, now)
            .map_err(|blocked| RetryAfter(blocked.retry_after_seconds))
    }
}

/// Counts in one counter and returns whether that begins a block. A flow that loses the race to
/// write is checked again, since the winner may have begun a block.
fn count(
    scope: Scope,
    key: &str,
    mut stored: Option<Counter>,
    settings: &Throttle,
    now: u64,
) -> Result<bool, RetryAfter> {
    loop {
        let before = stored.as_ref().map(convert::counter_to_rule);
        let (after, expires_at) = throttle::count(scope, before, settings, now);
        if put(key, after, stored.as_ref(), expires_at) {
            return Ok(after.is_blocked(now));
        }
        stored = find_one(key);
        check_one(scope, stored.as_ref(), settings, now)?;
    }
}

fn find_one(key: &str) -> Option<Counter> {
    throttle_store::find(&[key.to_owned()]).pop().flatten()
}

fn check_one(
    scope: Scope,
    stored: Option<&Counter>,
    settings: &Throttle,
    now: u64,
) -> Result<(), RetryAfter> {
    let stored = stored.map(convert::counter_to_rule);
    throttle::check(&[(scope, stored)], settings, now)
        .map_err(|blocked| RetryAfter(blocked.retry_after_seconds))
}

impl Read<'_> {
    fn facts(&self) -> Option<throttle::Counter> {
        self.stored.as_ref().map(convert::counter_to_rule)
    }
}

impl KnownSource {
    /// The record of an account whose session epoch has just begun.
    pub(crate) const NONE: Self = Self(None);

    /// Makes the source known to the account, after a login from there. Writes at most once a day.
    pub(crate) fn remember(self, target: &Target, source: &str, now: u64) {
        let stored = self.0.as_ref().map(convert::counter_to_rule);
        if let Some((known, expires_at)) = attempt::known_source(stored, source, now) {
            let key = attempt::known_source_key(target, source);
            // Whoever wrote the record first has made the source known as well.
            put(&key, known, self.0.as_ref(), expires_at);
        }
    }
}

/// Writes a counter in place of the one that was read. Returns false when another flow wrote first.
fn put(key: &str, counter: throttle::Counter, before: Option<&Counter>, expires_at: u64) -> bool {
    let replaces = before.map(|counter| counter.version);
    let written = convert::counter_to_wit(counter, replaces.map_or(1, accounts::next));
    throttle_store::put(key, written, replaces, expires_at).is_ok()
}

/// Removes the counters that a success clears. Most logins follow no failure, so they remove
/// nothing.
fn clear(counters: &[Read<'_>]) {
    let is_cleared = |counter: &&Read<'_>| attempt::is_cleared(counter.key.scope);
    let cleared = counters.iter().filter(is_cleared);
    if cleared.clone().any(|counter| counter.stored.is_some()) {
        let keys: Vec<String> = cleared.map(|counter| counter.key.text.clone()).collect();
        throttle_store::remove(&keys);
    }
}
