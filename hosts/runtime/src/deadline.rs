//! The deadline of a request: the host that takes the request sets it, adapters obey it.

use tokio::task_local;
use tokio::time::Instant;

task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` for a caller who waits until `deadline`, or until the deadline that holds already
/// where that is sooner. It stops nothing on its own.
pub async fn within<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(sooner(deadline), work).await
}

/// The deadline that holds here. Every flow runs under one.
#[must_use]
pub fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// `deadline`, or the one that holds here where that is sooner.
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
