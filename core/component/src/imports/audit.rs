//! Records security events for the operator.

use crate::bindings::countersign::auth::audit_log::{self, Event, EventKind};

/// Records what `subject` did, or what happened to it without an actor.
pub(crate) fn note(kind: EventKind, subject: Option<&str>, object: Option<&str>) {
    note_by(kind, None, subject, object);
}

/// Records what `actor` did to `subject`.
pub(crate) fn note_by(
    kind: EventKind,
    actor: Option<&str>,
    subject: Option<&str>,
    object: Option<&str>,
) {
    audit_log::record(&Event {
        kind,
        subject: subject.map(str::to_owned),
        actor: actor.map(str::to_owned),
        object: object.map(str::to_owned),
    });
}
