//! Whether a flow that hashes may still be abandoned.
//!
//! A flow whose client hangs up ends at once, unless it has begun to hash: what was tried must be
//! counted and logged. The thread that begins a hash and the task that sees the client go decide
//! this between them, and exactly one of them wins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const OPEN: u8 = 0;
const COMMITTED: u8 = 1;
const ABANDONED: u8 = 2;

/// Whether a flow that hashes may still be abandoned. Clones refer to the same flow.
#[derive(Clone, Debug, Default)]
pub struct Commitment(Arc<AtomicU8>);

impl Commitment {
    /// Commits the flow to run to its end, before its first hash begins. Returns false when the
    /// flow was abandoned: then the hash must not begin.
    #[must_use]
    pub fn commit(&self) -> bool {
        self.decide(COMMITTED)
    }

    /// Whether the flow is committed to run to its end.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.0.load(Ordering::Acquire) == COMMITTED
    }

    /// Abandons the flow. Returns false when it was committed before: then it must run to its end.
    pub(crate) fn abandon(&self) -> bool {
        self.decide(ABANDONED)
    }

    /// Decides once. True if the decision is `state`, also when it was made before.
    fn decide(&self, state: u8) -> bool {
        let decided = self
            .0
            .compare_exchange(OPEN, state, Ordering::AcqRel, Ordering::Acquire);
        decided.map_or_else(|earlier| earlier == state, |_| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_decision_holds() {
        let begun = Commitment::default();
        assert!(begun.commit() && begun.clone().commit());
        assert!(!begun.abandon() && begun.is_committed());

        let abandoned = Commitment::default();
        assert!(abandoned.abandon());
        assert!(!abandoned.commit() && !abandoned.is_committed());
    }
}
