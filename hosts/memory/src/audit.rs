//! An audit log whose events can be read back.

use std::sync::{Mutex, PoisonError};

use auth_runtime::{AuditEvent, AuditLog};

/// An audit log that keeps every event, in order.
#[derive(Default)]
pub struct RecordingAudit(Mutex<Vec<AuditEvent>>);

impl RecordingAudit {
    /// Returns the events recorded since the last call of this method.
    pub fn take(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AuditLog for RecordingAudit {
    fn record(&self, event: AuditEvent) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }
}
