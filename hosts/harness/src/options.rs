//! Which cases are run, and how.

use std::num::NonZeroUsize;

use crate::case::{Case, Kind};
use crate::mutant::Mutant;

/// Which cases are run, and how.
#[derive(Default)]
pub struct Options {
    /// Only cases whose `file: kind: name` contains one of these texts; all when there is none.
    pub filters: Vec<String>,
    /// Only cases of these kinds; of all when there is none. Malformed files are always among them.
    pub kinds: Vec<Kind>,
    /// How many threads run cases; by default as many as the machine has cores. The results do not
    /// depend on it.
    pub jobs: Option<NonZeroUsize>,
    /// A promise that the stores break, to show that the cases notice.
    pub mutant: Option<Mutant>,
}

impl Options {
    pub(crate) fn selects(&self, case: &Case) -> bool {
        let is_kind =
            self.kinds.is_empty() || case.kind == Kind::File || self.kinds.contains(&case.kind);
        let named = || {
            format!(
                "{}: {}: {}",
                case.span.source.path().display(),
                case.kind.name(),
                case.name
            )
        };
        is_kind
            && (self.filters.is_empty() || {
                let name = named();
                self.filters.iter().any(|filter| name.contains(filter))
            })
    }
}
