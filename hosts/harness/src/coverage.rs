//! Coverage: what of a policy the cases met.

mod html;
mod items;
mod json;
mod lcov;
mod suggestion;
mod text;

pub use html::render as html;
pub(crate) use items::Part;
pub use items::{Coverage, Dimension, Item};
pub use json::render as json;
pub use lcov::render as lcov;
pub use suggestion::suggest;
pub use text::render as text;

use crate::boundaries::Boundary;
use crate::observed::Seen;
use crate::policy::Policy;
use crate::result::Report;
use crate::suite::Suite;

/// The parts of a policy, as if no case met any.
pub(crate) fn of_policy(policy: &Policy) -> Vec<Item> {
    let coverage = items::measure(policy, &Seen::default());
    let dimensions = coverage.dimensions.into_iter();
    dimensions.flat_map(|dimension| dimension.items).collect()
}

/// Adds which settings the cases test at both sides of their value.
pub fn add_settings(coverage: &mut Coverage, boundaries: Vec<Boundary>) {
    let items = boundaries.into_iter().map(|boundary| Item {
        name: format!("{} {}", boundary.setting, boundary.change),
        span: None,
        is_covered: boundary.is_noticed,
        part: Part::Setting,
    });
    coverage.dimensions.push(Dimension {
        name: "settings",
        is_of_policy: false,
        items: items.collect(),
    });
}

/// What the cases of a run met of each policy.
#[must_use]
pub fn of(suite: &Suite, report: &Report) -> Vec<Coverage> {
    let policies = suite.policies().into_iter();
    policies
        .map(|policy| items::measure(policy, report.observed.get(policy.file.path())))
        .collect()
}
