use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{
    Exploration, Explored, Mutant, Options, Policy, SCENARIO_POLICY, Verdict, explore,
};

use super::{ENGINE, complaints, folder, run, run_with};

fn scenarios() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
}

/// How often a scenario is told at most.
const MOST: usize = 1_500;

fn exploration(filter: &str) -> Exploration {
    let policy = Policy::compile(
        &ENGINE,
        Path::new("default.toml"),
        SCENARIO_POLICY.to_owned(),
    );
    Exploration {
        filter: filter.to_owned(),
        policy: policy.expect("an answer").expect("a policy"),
        jobs: None,
        most: usize::MAX,
        mutant: None,
    }
}

fn explored(exploration: &Exploration) -> anyhow::Result<Vec<Explored>> {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    explore(&ENGINE, exploration, &stop, &done)
}

/// What was broken, with its case file.
fn broken(explored: &Explored) -> Option<String> {
    let failure = explored.failure.as_ref()?;
    Some(format!(
        "{}\n{}\n{}",
        explored.name,
        failure.reason(),
        failure.case_file("default.toml")
    ))
}

#[test]
fn the_scenarios_hold_in_every_order_with_a_fault_anywhere() {
    let explored = explored(&Exploration {
        most: MOST,
        ..exploration("")
    });
    let explored = explored.expect("scenarios");
    for scenario in &explored {
        assert_eq!(broken(scenario), None);
    }
    let executions: Vec<_> = explored.iter().map(|it| it.executions).collect();
    // A change of a flow's calls changes them. The last scenario has more than a hundred thousand, of
    // which `countersign simulate --exhaust` tells as many as `--executions` says.
    assert_eq!(executions, [364, 137, 117, 1344, 314, 43, 31, MOST]);
    let whole = explored.iter().filter(|it| it.is_complete).count();
    assert_eq!(whole, executions.len() - 1);
}

#[test]
fn the_orders_do_not_depend_on_the_number_of_threads_and_are_bounded() {
    let with = |jobs, most| {
        let explored = explored(&Exploration {
            jobs: NonZeroUsize::new(jobs),
            most,
            ..exploration("one account")
        });
        let explored = explored.expect("a scenario").remove(0);
        (explored.executions, explored.is_complete)
    };
    assert_eq!(with(1, usize::MAX), with(3, usize::MAX));
    assert_eq!(with(2, 50), (50, false));
}

/// The case file of a failure fails on the same adapter and holds on one that keeps its promises.
#[test]
fn a_failure_in_one_order_can_be_played_again() {
    for (mutant, scenario) in [
        (Mutant::SessionsComeBack, "nothing of a session lives"),
        (Mutant::LostCounters, "guesses are counted"),
    ] {
        let explored = explored(&Exploration {
            mutant: Some(mutant),
            ..exploration(scenario)
        });
        let failure = explored.expect("a scenario").remove(0).failure;
        let story = failure.expect("a failure").case_file("default.toml");
        let files = folder(&[("default.toml", SCENARIO_POLICY), ("a.cases.toml", &story)]);
        assert_eq!(complaints(&run(files.path())), [""; 0], "{story}");
        let options = Options {
            mutant: Some(mutant),
            ..Options::default()
        };
        let report = run_with(&[files.path().to_owned()], files.path(), &options);
        assert_eq!((report.passed(), report.failed()), (0, 1), "{story}");
    }
}

#[test]
fn an_unknown_scenario_is_named_with_those_that_there_are() {
    let error = explored(&exploration("nothing like it"))
        .err()
        .expect("an error");
    let text = error.to_string();
    assert!(text.contains("`nothing like it`"), "{text}");
    assert!(text.contains("an address makes one account"), "{text}");
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
