//! Coverage: what of a policy the cases met.

mod html;
mod items;
mod json;
mod lcov;
mod suggestion;
mod text;

pub use html::render as html;
pub use items::{Coverage, Dimension, Item};
pub use json::render as json;
pub use lcov::render as lcov;
pub use suggestion::suggest;
pub use text::render as text;

use crate::result::Report;
use crate::suite::Suite;

/// What the cases of a run met of each policy.
#[must_use]
pub fn of(suite: &Suite, report: &Report) -> Vec<Coverage> {
    let policies = suite.policies().into_iter();
    policies
        .map(|policy| items::measure(policy, report.observed.get(policy.file.path())))
        .collect()
}
