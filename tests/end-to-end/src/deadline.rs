//! Waits for another process, with a deadline.

use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// Calls `ask` until it returns a value.
///
/// # Panics
/// When that takes more than a minute, which is longer than any wait here on a busy machine.
pub fn wait_until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited too long for {what}");
        thread::sleep(PAUSE);
    }
}
