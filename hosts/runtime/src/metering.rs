//! The metrics of the runtime. Labels have few and fixed values: never an id, an address or a path.
//!
//! They go through the crate `metrics`. A host that wants them installs a recorder; without one
//! they cost next to nothing.

use std::time::Instant;

use metrics::{counter, histogram};

/// The seconds that one call to a store took, labelled with the store.
const STORE: &str = "countersign_store_seconds";
/// The seconds that the verification of a token took, including the decision if one was asked for.
const VERIFICATION: &str = "countersign_verification_seconds";
/// The number of calls that gave no answer, labelled with the reason: see [`unanswered`].
const UNANSWERED: &str = "countersign_unanswered_total";

/// Describes the metrics of this crate and their units to the recorder.
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

/// Measures one call to a store.
pub(crate) async fn of_store<F: Future>(store: &'static str, call: F) -> F::Output {
    let started = Instant::now();
    let answer = call.await;
    histogram!(STORE, "store" => store).record(started.elapsed());
    answer
}

/// Measures the verification of one token.
pub(crate) fn of_verification<T>(verify: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let answer = verify();
    histogram!(VERIFICATION).record(started.elapsed());
    answer
}

/// Counts a call that gave no answer. The reasons are `timeout` and `overload` for limits of this
/// host, `unavailable` for a database or key store that does not answer in time, and `adapter` and
/// `component` for errors that need a repair.
pub(crate) fn unanswered(reason: &'static str) {
    counter!(UNANSWERED, "reason" => reason).increment(1);
}
