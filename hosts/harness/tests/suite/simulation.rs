use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{
    INVARIANTS, Mutant, NOTICED, Options, Plan, Policy, SIMULATION_POLICY, Simulated, Verdict,
    simulate,
};

use super::{ENGINE, complaints, folder, run as run_files, run_with};

const PLAN: Plan = Plan {
    seed: 1,
    seeds: 1,
    jobs: None,
    mutant: None,
    only: None,
    is_twice: false,
    tries: 0,
};

fn run(plan: &Plan) -> Simulated {
    let policy = Policy::compile(
        &ENGINE,
        Path::new("policy.toml"),
        SIMULATION_POLICY.to_owned(),
    );
    let policy = policy.expect("an answer").unwrap_or_else(|diagnostics| {
        panic!("the policy is refused: {}", diagnostics[0].reason);
    });
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    simulate(&ENGINE, &policy, plan, &stop, &done).expect("a run")
}

#[test]
fn the_service_keeps_every_invariant_and_reaches_what_it_must() {
    let simulated = run(&Plan {
        seeds: 60,
        tries: 500,
        ..PLAN
    });
    if let Some(failure) = simulated.failure {
        panic!("{}\n{}", failure.reason(), failure.case_file("policy.toml"));
    }
    let missed: Vec<_> = simulated
        .goals
        .all()
        .filter(|(_, times)| *times == 0)
        .collect();
    assert_eq!(missed, []);
}

#[test]
fn a_seed_repeats_and_does_not_depend_on_the_number_of_threads() {
    let simulated = run(&Plan {
        seed: 1000,
        seeds: 6,
        is_twice: true,
        ..PLAN
    });
    assert!(simulated.failure.is_none(), "a seed does not repeat");
    let reached = |jobs| {
        let simulated = run(&Plan {
            seed: 1000,
            seeds: 6,
            jobs: std::num::NonZeroUsize::new(jobs),
            ..PLAN
        });
        let goals: Vec<_> = simulated.goals.all().collect();
        (simulated.steps, simulated.millis, goals)
    };
    assert_eq!(reached(1), reached(3));
}

/// A simulation that finds nothing on a service that breaks its promises would show nothing.
#[test]
fn each_invariant_notices_a_broken_promise() {
    let mut blind = Vec::new();
    for (mutant, invariant) in NOTICED {
        let simulated = run(&Plan {
            seeds: 300,
            mutant: Some(mutant),
            only: Some(invariant),
            ..PLAN
        });
        if simulated.failure.is_none() {
            blind.push((mutant, invariant));
        }
    }
    assert_eq!(blind, []);
    for invariant in INVARIANTS {
        let has_mutant = NOTICED.iter().any(|(_, name)| *name == invariant.name);
        assert!(has_mutant, "{} has no mutant", invariant.name);
    }
}

/// The story of a failure breaks the same invariant when it is played again, and holds on a service
/// that keeps its promises.
#[test]
fn a_failure_becomes_a_short_story_that_can_be_played_again() {
    for (mutant, invariant, most) in [
        (Mutant::SessionsStay, "reuse", 6),
        (Mutant::SessionsComeBack, "one-successor", 6),
        (Mutant::CountersStay, "cleared", 6),
    ] {
        let simulated = run(&Plan {
            seeds: 100,
            mutant: Some(mutant),
            only: Some(invariant),
            tries: 2_000,
            ..PLAN
        });
        let failure = simulated.failure.expect("a failure");
        let story = failure.case_file("policy.toml");
        assert!(failure.fewest() <= most, "{story}");
        let files = folder(&[("policy.toml", SIMULATION_POLICY), ("a.cases.toml", &story)]);
        assert_eq!(complaints(&run_files(files.path())), [""; 0], "{story}");
        let options = Options {
            mutant: Some(mutant),
            ..Options::default()
        };
        let report = run_with(&[files.path().to_owned()], files.path(), &options);
        assert!(
            matches!(report.outcomes[0].verdict, Verdict::Failed(_)),
            "{mutant:?} passes:\n{story}"
        );
        fs::remove_file(files.path().join("a.cases.toml")).expect("the file is there");
    }
}
