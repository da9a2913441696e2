//! What several suites need.

use std::sync::Arc;

use auth_runtime::ReplaceError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How many attempts a race has.
pub(crate) const RACERS: u64 = 100;

/// The largest page there is.
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

/// Starts all attempts at one moment and tells what each came to.
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

/// Whether the write won; it may lose, but not fail.
pub(crate) fn won(answer: Result<(), ReplaceError>) -> bool {
    match answer {
        Ok(()) => true,
        Err(ReplaceError::Conflict) => false,
        Err(ReplaceError::Adapter(error)) => panic!("the store failed: {error:?}"),
    }
}

/// Exactly one of them won.
pub(crate) fn assert_one_winner(answers: Vec<Result<(), ReplaceError>>) {
    let winners = answers.into_iter().map(won).filter(|won| *won).count();
    assert_eq!(winners, 1, "winners of one compare-and-set");
}
