//! The lints, in groups of those that look at the same things.

mod administration;
mod denials;
mod inheritance;
mod redundancy;
mod routes;
mod settings;

use crate::subject::{Drafts, Subject};

/// Applies every lint to a policy, in no particular order.
pub(crate) fn find(subject: &Subject<'_>) -> Drafts {
    let mut drafts = Drafts::new();
    for find in [
        inheritance::find,
        redundancy::find,
        denials::find,
        administration::find,
        routes::find,
        settings::find,
    ] {
        find(subject, &mut drafts);
    }
    drafts
}
