//! What the runtime measures. Labels are few and fixed: never an id, an address or a path.
//!
//! The facade is the crate `metrics`; a host that wants the numbers installs a recorder, and without
//! one they cost next to nothing.

use std::time::Instant;

use metrics::{counter, histogram};

/// Seconds that one call of a store took, by store.
const STORE: &str = "countersign_store_seconds";
/// Seconds that a token took to be verified, with the decision where one was asked for.
const VERIFICATION: &str = "countersign_verification_seconds";
/// Calls that gave no answer, by what they lacked: see [`unanswered`].
const UNANSWERED: &str = "countersign_unanswered_total";

/// Tells the recorder what is measured here, in which unit.
pub fn describe() {
    use metrics::{Unit, describe_counter, describe_histogram};
    describe_histogram!(
        STORE,
        Unit::Seconds,
        "Time of one call of a store, by store"
    );
    describe_histogram!(VERIFICATION, Unit::Seconds, "Time to verify one token");
    describe_counter!(
        UNANSWERED,
        Unit::Count,
        "Calls without an answer, by reason"
    );
}

/// Measures a call of a store.
pub(crate) async fn of_store<F: Future>(store: &'static str, call: F) -> F::Output {
    let started = Instant::now();
    let answer = call.await;
    histogram!(STORE, "store" => store).record(started.elapsed());
    answer
}

/// Measures a verification.
pub(crate) fn of_verification<T>(verify: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let answer = verify();
    histogram!(VERIFICATION).record(started.elapsed());
    answer
}

/// Counts a call that gave no answer. The reasons are `timeout` and `overload` of this host,
/// `unavailable` for a database or key store that does not answer in time, and what is to be mended:
/// `adapter` and `component`.
pub(crate) fn unanswered(reason: &'static str) {
    counter!(UNANSWERED, "reason" => reason).increment(1);
}
