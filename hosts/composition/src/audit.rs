//! The audit log of a host, which writes its events to the log with the target `audit`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use auth_runtime::{AuditEvent, AuditEventKind, AuditLog};
use metrics::{Unit, counter, describe_counter};

/// Metric: the number of audit events by kind, for example failed logins and reused refresh tokens.
const EVENTS: &str = "countersign_events_total";

/// Describes the metric of the audit log to the installed recorder.
pub(crate) fn describe_metrics() {
    describe_counter!(EVENTS, Unit::Count, "Events of the audit log, by kind");
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
        counter!(EVENTS, "event" => name(event.kind)).increment(1);
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

/// The name of the event in `wit/audit-log.wit`.
fn name(kind: AuditEventKind) -> &'static str {
    match kind {
        AuditEventKind::AccountCreated => "account-created",
        AuditEventKind::AccountDeleted => "account-deleted",
        AuditEventKind::AccountDisabled => "account-disabled",
        AuditEventKind::AccountEnabled => "account-enabled",
        AuditEventKind::AccountUnlocked => "account-unlocked",
        AuditEventKind::HashUnreadable => "hash-unreadable",
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_with_an_unreadable_hash_is_named_once() {
        for (account_id, expected) in [("a", true), ("a", false), ("b", true), ("a", false)] {
            assert_eq!(is_first(Some(account_id)), expected, "{account_id}");
        }
    }
}
