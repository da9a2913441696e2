//! Threads that share work.

use std::num::NonZeroUsize;
use std::thread;

/// How many threads to run: as many as are asked for, otherwise one for each core of the machine.
pub(crate) fn count(asked: Option<NonZeroUsize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    asked.map_or_else(cores, NonZeroUsize::get)
}

/// Runs a worker on each of so many threads, and collects what they answer. A panic goes on here.
///
/// # Errors
/// When a worker fails.
pub(crate) fn run<T: Send, E: Send>(
    count: usize,
    worker: impl Fn() -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(&worker)).collect();
        let answers = workers.into_iter().map(|worker| {
            let joined = worker.join();
            joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        answers.collect()
    })
}
