//! The deadline of a request: the host that takes the request sets it, and adapters keep to it.

use tokio::task_local;
use tokio::time::Instant;

task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` under `deadline`, or under the deadline that is already in force if that is sooner.
/// This function only makes the deadline known; it does not stop the work.
pub async fn within<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(sooner(deadline), work).await
}

/// Returns the deadline in force for the current task. Every flow runs under one.
#[must_use]
pub fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// Returns `deadline`, or the deadline in force if that is sooner.
pub(crate) fn sooner(deadline: Instant) -> Instant {
    current().map_or(deadline, |current| current.min(deadline))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_sooner_of_two_deadlines_holds() {
        let now = Instant::now();
        let (soon, late) = (now + Duration::from_secs(1), now + Duration::from_secs(2));
        for (outer, inner) in [(soon, late), (late, soon), (soon, soon)] {
            let held = within(outer, within(inner, async { current() })).await;
            assert_eq!(held, Some(soon));
        }
        assert_eq!(current(), None);
    }
}
