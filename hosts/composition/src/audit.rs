//! The audit log as events of target `audit`: they go where the other events go.

use auth_runtime::{AuditEvent, AuditEventKind, AuditLog};
use metrics::{Unit, counter, describe_counter};

/// Events of the audit log, by kind: failed and throttled logins and reused refresh tokens among them.
const EVENTS: &str = "countersign_events_total";

/// Tells the recorder of the host what is counted here.
pub(crate) fn describe_metrics() {
    describe_counter!(EVENTS, Unit::Count, "Events of the audit log, by kind");
}

/// `audit-log`: writes ids alone, and counts.
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

/// As `wit/audit-log.wit` names it.
fn name(kind: AuditEventKind) -> &'static str {
    match kind {
        AuditEventKind::AccountCreated => "account-created",
        AuditEventKind::AccountDeleted => "account-deleted",
        AuditEventKind::AccountDisabled => "account-disabled",
        AuditEventKind::AccountEnabled => "account-enabled",
        AuditEventKind::AccountUnlocked => "account-unlocked",
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
