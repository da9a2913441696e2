//! The time of an answer that must not tell what was looked up for it.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The least time of a refusal by the throttle, which costs no hash. It is many times as long as the
/// work for any address, so that what differs in that work does not show.
const THROTTLED: Duration = Duration::from_millis(25);

/// Waits until a refusal by the throttle may be answered, for a request that came in at `start`.
pub(crate) async fn throttled(start: Instant) {
    sleep_until(start + THROTTLED).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn quick_and_slow_work_are_answered_at_the_same_time() {
        for work in [0, 1, 24] {
            let start = Instant::now();
            tokio::time::advance(Duration::from_millis(work)).await;
            throttled(start).await;
            assert_eq!(start.elapsed(), THROTTLED);
        }
        let start = Instant::now();
        tokio::time::advance(THROTTLED * 2).await;
        throttled(start).await;
        assert_eq!(
            start.elapsed(),
            THROTTLED * 2,
            "work that took longer waits for nothing"
        );
    }
}
