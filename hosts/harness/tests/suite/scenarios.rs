use std::path::Path;

use auth_harness::{Mutant, Options, Verdict};

use super::{complaints, run_with};

fn scenarios() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
}

#[test]
fn the_scenarios_hold_in_every_order_with_a_fault_anywhere() {
    let report = run_with(&[scenarios().to_owned()], scenarios(), &Options::default());
    assert_eq!(complaints(&report), [""; 0]);
    assert_eq!(report.passed(), 7);
}

/// A scenario that holds on stores that break their promises would show nothing.
#[test]
fn each_broken_promise_of_a_store_is_noticed() {
    for (mutant, scenario) in [
        (Mutant::LostAccounts, "an address makes one account"),
        (Mutant::LostAccountChanges, "nothing of an account lives"),
        (Mutant::LostSessionChanges, "one session has one successor"),
        (Mutant::SessionsComeBack, "nothing of a session lives"),
        (Mutant::SessionsStay, "nothing of a session lives"),
        (Mutant::LostCounters, "guesses are counted"),
        (Mutant::CountersStay, "a login clears the counters"),
    ] {
        let options = Options {
            filters: vec![scenario.to_owned()],
            mutant: Some(mutant),
            ..Options::default()
        };
        let report = run_with(&[scenarios().to_owned()], scenarios(), &options);
        assert_eq!(
            (report.passed(), report.failed()),
            (0, 1),
            "{scenario} does not notice {mutant:?}"
        );
        assert!(
            matches!(report.outcomes[0].verdict, Verdict::Failed(_)),
            "{mutant:?}"
        );
    }
}
