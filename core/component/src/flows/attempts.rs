//! Attempts to prove a password, under the throttle.

use auth_rules::settings::Throttle;
use auth_rules::throttle::{self, Kind, Subject};

use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::throttle_store::{self, Counter};
use crate::flows::accounts;
use crate::imports::{audit, convert};

/// An attempt that was let in. What comes of it may be told once [`conclude`](Self::conclude) agrees.
pub(crate) struct Attempt {
    account_id: Option<String>,
    counted: Vec<(Kind, String)>,
    freed: Vec<String>,
    settings: Throttle,
}

/// Seconds after which a refused attempt may be tried again.
pub(crate) struct RetryAfter(pub(crate) u32);

/// Refuses an attempt while a block lasts, before its password costs a hash.
pub(crate) fn begin(
    subject: &Subject<'_>,
    account_id: Option<&str>,
    settings: Throttle,
    now: u64,
) -> Result<Attempt, RetryAfter> {
    let attempt = Attempt {
        account_id: account_id.map(str::to_owned),
        counted: throttle::keys(subject),
        freed: throttle::keys_freed(subject),
        settings,
    };
    attempt.check(now)?;
    Ok(attempt)
}

impl Attempt {
    /// Forgets or counts failures, by what came of the attempt. Refused when others failed meanwhile
    /// until a block began: then nobody is told what came of this one.
    pub(crate) fn conclude(self, is_right: bool, now: u64) -> Result<(), RetryAfter> {
        let stored = self.check(now)?;
        if is_right {
            forget(&self.freed);
            return Ok(());
        }
        let mut begins_block = false;
        for ((kind, key), counter) in self.counted.iter().zip(stored) {
            begins_block |= self.count(*kind, key, counter, now)?;
        }
        let id = self.account_id.as_deref();
        audit::note(EventKind::LoginFailed, id, None);
        if begins_block {
            audit::note(EventKind::LoginThrottled, id, None);
        }
        Ok(())
    }

    /// The counters of the attempt, none of which is blocked.
    fn check(&self, now: u64) -> Result<Vec<Option<Counter>>, RetryAfter> {
        let keys: Vec<String> = self.counted.iter().map(|(_, key)| key.clone()).collect();
        let stored = throttle_store::find(&keys);
        let kinds = self.counted.iter().map(|(kind, _)| *kind);
        self.check_counters(kinds.zip(stored.iter().map(Option::as_ref)).collect(), now)?;
        Ok(stored)
    }

    fn check_counters(
        &self,
        counters: Vec<(Kind, Option<&Counter>)>,
        now: u64,
    ) -> Result<(), RetryAfter> {
        let counters: Vec<_> = counters
            .into_iter()
            .map(|(kind, counter)| (kind, counter.map(convert::counter_to_rule)))
            .collect();
        throttle::check(&counters, &self.settings, now)
            .map_err(|blocked| RetryAfter(blocked.retry_after_seconds))
    }

    /// Counts under one key and tells whether that begins a block. Whoever loses the race to write is
    /// checked again: the winner may have been the failure that begins one.
    fn count(
        &self,
        kind: Kind,
        key: &str,
        stored: Option<Counter>,
        now: u64,
    ) -> Result<bool, RetryAfter> {
        let mut stored = stored;
        loop {
            let before = stored.as_ref().map(convert::counter_to_rule);
            let (after, expires_at) = throttle::count(kind, before, &self.settings, now);
            let replaces = stored.as_ref().map(|counter| counter.version);
            let written = convert::counter_to_wit(after, replaces.map_or(1, accounts::next));
            if throttle_store::put(key, written, replaces, expires_at).is_ok() {
                return Ok(after.is_blocked(now));
            }
            stored = throttle_store::find(&[key.to_owned()])
                .into_iter()
                .next()
                .flatten();
            self.check_counters(vec![(kind, stored.as_ref())], now)?;
        }
    }
}

/// Most logins follow no failure: then there is nothing to write.
fn forget(keys: &[String]) {
    if throttle_store::find(keys).iter().any(Option::is_some) {
        throttle_store::remove(keys);
    }
}
