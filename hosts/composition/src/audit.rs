//! The audit log of a host, which writes its events to the log with the target `audit`.

use auth_runtime::{AuditEvent, AuditEventKind, AuditLog};
use metrics::{Unit, counter, describe_counter};

/// Metric: the number of audit events by kind, for example failed logins and reused refresh tokens.
const EVENTS: &str = "countersign_events_total";

/// Describes the metric of the audit log to the installed recorder.
pub(crate) fn describe_metrics() {
    describe_counter!(EVENTS, Unit::Count, "Events of the audit log, by kind");
}

/// An audit log that writes each event to the log with ids only, and counts it.
pub struct TracingAuditLog;

impl AuditLog for TracingAuditLog {
    fn record(&self, event: AuditEvent) {
        counter!(EVENTS, "event" => name(event.kind)).increment(1);
        tracing::info!(
            target: "audit",
            event = name(event.kind),
            subject = event.subject,
            actor = event.actor,
            object = event.object,
        );
    }
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
        AuditEventKind::RefreshReused => "refresh-reused",
        AuditEventKind::RoleGranted => "role-granted",
        AuditEventKind::RoleTaken => "role-taken",
        AuditEventKind::SessionEnded => "session-ended",
        AuditEventKind::SessionsEnded => "sessions-ended",
        AuditEventKind::SetupCompleted => "setup-completed",
    }
}
