//! Helpers that several suites share.

use std::sync::Arc;

use auth_runtime::ReplaceError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How many attempts a race has.
pub(crate) const RACERS: u64 = 100;

/// A limit of a page that no list of these tests reaches.
pub(crate) const ALL: u32 = u32::MAX;

/// Texts that a backend may fold, trim, escape or cut.
pub(crate) const AWKWARD_TEXTS: [&str; 8] = [
    "",
    " surrounded ",
    "$ne",
    "a.b",
    "Stra\u{df}e",
    "e\u{301} is not \u{e9}",
    "\u{1f511}\u{200d}\u{10ffff}",
    "line\r\nbreak\t\"quoted\" \\ \u{0}",
];

/// Starts all attempts at the same moment and returns their results.
pub(crate) async fn race<A, T>(attempts: impl IntoIterator<Item = A>) -> Vec<T>
where
    A: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let attempts: Vec<A> = attempts.into_iter().collect();
    let start = Arc::new(Barrier::new(attempts.len()));
    let mut tasks = JoinSet::new();
    for attempt in attempts {
        let start = start.clone();
        tasks.spawn(async move {
            start.wait().await;
            attempt.await
        });
    }
    tasks.join_all().await
}

/// Whether the write succeeded. A conflict gives false; an error of the store panics.
pub(crate) fn won(answer: Result<(), ReplaceError>) -> bool {
    match answer {
        Ok(()) => true,
        Err(ReplaceError::Conflict) => false,
        Err(ReplaceError::Adapter(error)) => panic!("the store failed: {error:?}"),
    }
}

/// Panics unless exactly one of the writes succeeded.
pub(crate) fn assert_one_winner(answers: Vec<Result<(), ReplaceError>>) {
    let winners = answers.into_iter().map(won).filter(|won| *won).count();
    assert_eq!(winners, 1, "winners of one compare-and-set");
}
