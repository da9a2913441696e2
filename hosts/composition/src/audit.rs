//! The audit log of a host, which writes its events to the log with the target `audit`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use auth_runtime::{AuditEvent, AuditEventKind, AuditLog};
use metrics::{Unit, counter, describe_counter};

/// Metric: the number of audit events by kind, for example failed logins and reused refresh tokens.
const EVENT_COUNTER: &str = "countersign_events_total";

/// Describes the metric of the audit log to the installed recorder.
pub(crate) fn describe_metrics() {
    describe_counter!(
        EVENT_COUNTER,
        Unit::Count,
        "Events of the audit log, by kind"
    );
}

/// The accounts whose unreadable hash this process has logged. One line for each is enough for the
/// operator, and each wrong login would write another.
static UNREADABLE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The most accounts that [`UNREADABLE`] remembers; beyond it no more are logged.
const MOST_UNREADABLE: usize = 10_000;

/// An audit log that writes each event to the log with ids only, and counts it.
pub struct TracingAuditLog;

impl AuditLog for TracingAuditLog {
    fn record(&self, event: AuditEvent) {
        counter!(EVENT_COUNTER, "event" => name(event.kind)).increment(1);
        if event.kind == AuditEventKind::HashUnreadable && !is_first(event.subject.as_deref()) {
            return;
        }
        tracing::info!(
            target: "audit",
            event = name(event.kind),
            subject = event.subject,
            actor = event.actor,
            object = event.object,
        );
    }
}

fn is_first(account_id: Option<&str>) -> bool {
    let mut named = UNREADABLE.lock().unwrap_or_else(PoisonError::into_inner);
    named.len() < MOST_UNREADABLE && named.insert(account_id.unwrap_or_default().to_owned())
}

/// What happened to a key. The component knows nothing of it, so hosts record it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    /// This process begins to sign with the key, after another.
    Activated,
    /// The key was made and published.
    Published,
    /// The operator took the key out of service.
    Retired,
    /// The operator replaced the secret behind refresh and device tokens, which has no id.
    SecretReplaced,
}

/// Records an event of the key with this id.
pub fn note_key(event: KeyEvent, key_id: Option<&str>) {
    let event = match event {
        KeyEvent::Activated => "key-activated",
        KeyEvent::Published => "key-published",
        KeyEvent::Retired => "key-retired",
        KeyEvent::SecretReplaced => "secret-replaced",
    };
    counter!(EVENT_COUNTER, "event" => event).increment(1);
    tracing::info!(target: "audit", event, object = key_id);
}

/// The names of all events, in order.
pub const EVENTS: [&str; 24] = [
    "account-created",
    "account-deleted",
    "account-disabled",
    "account-enabled",
    "account-unlocked",
    "administration-refused",
    "hash-unreadable",
    "key-activated",
    "key-published",
    "key-retired",
    "login-failed",
    "login-succeeded",
    "login-throttled",
    "password-changed",
    "refresh-replay-refused",
    "refresh-replayed",
    "refresh-reused",
    "role-granted",
    "role-taken",
    "secret-replaced",
    "session-ended",
    "sessions-ended",
    "setup-completed",
    "setup-refused",
];

/// The name of the event in `wit/audit-log.wit`.
fn name(kind: AuditEventKind) -> &'static str {
    match kind {
        AuditEventKind::AccountCreated => "account-created",
        AuditEventKind::AccountDeleted => "account-deleted",
        AuditEventKind::AccountDisabled => "account-disabled",
        AuditEventKind::AccountEnabled => "account-enabled",
        AuditEventKind::AccountUnlocked => "account-unlocked",
        AuditEventKind::HashUnreadable => "hash-unreadable",
        AuditEventKind::AdministrationRefused => "administration-refused",
        AuditEventKind::LoginFailed => "login-failed",
        AuditEventKind::LoginSucceeded => "login-succeeded",
        AuditEventKind::LoginThrottled => "login-throttled",
        AuditEventKind::PasswordChanged => "password-changed",
        AuditEventKind::RefreshReplayRefused => "refresh-replay-refused",
        AuditEventKind::RefreshReplayed => "refresh-replayed",
        AuditEventKind::RefreshReused => "refresh-reused",
        AuditEventKind::RoleGranted => "role-granted",
        AuditEventKind::RoleTaken => "role-taken",
        AuditEventKind::SessionEnded => "session-ended",
        AuditEventKind::SessionsEnded => "sessions-ended",
        AuditEventKind::SetupCompleted => "setup-completed",
        AuditEventKind::SetupRefused => "setup-refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = include_str!("../../../wit/audit-log.wit");
    const GUIDE: &str = include_str!("../../../docs/how-to/audit-log.md");

    #[test]
    fn the_list_has_the_events_of_the_contract_and_of_keys() {
        let cases = CONTRACT.split("enum event-kind {").nth(1);
        let cases = cases
            .and_then(|rest| rest.split('}').next())
            .unwrap()
            .lines();
        let cases = cases.filter_map(|line| line.trim().strip_suffix(','));
        let cases = cases.filter(|line| !line.starts_with("//"));
        let keys = [
            "key-activated",
            "key-published",
            "key-retired",
            "secret-replaced",
        ];
        let mut expected: Vec<&str> = cases.chain(keys).collect();
        expected.sort_unstable();
        assert_eq!(EVENTS.to_vec(), expected);
    }

    #[test]
    fn the_guide_explains_every_event() {
        let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("| `"));
        let cells: String = rows.filter_map(|row| row.split(" | ").next()).collect();
        for event in EVENTS {
            assert!(cells.contains(&format!("{event}`")), "{event}");
        }
    }

    #[test]
    fn an_account_with_an_unreadable_hash_is_named_once() {
        for (account_id, expected) in [("a", true), ("a", false), ("b", true), ("a", false)] {
            assert_eq!(is_first(Some(account_id)), expected, "{account_id}");
        }
    }
}
