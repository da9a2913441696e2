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
/// Flows that did not end by their deadline, or found no place.
const TIMEOUTS: &str = "countersign_timeouts_total";

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
        TIMEOUTS,
        Unit::Count,
        "Flows without an answer by their deadline"
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

/// Counts a flow that ran out of time.
pub(crate) fn timeout() {
    counter!(TIMEOUTS).increment(1);
}
