use std::num::NonZeroUsize;
use std::path::Path;

use auth_harness::{Kind, Options, json, junit};

use super::{complaints, run_with};

fn shop() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop"))
}

#[test]
fn the_cases_of_the_shop_hold() {
    let report = run_with(&[shop().to_owned()], shop(), &Options::default());
    assert_eq!(complaints(&report), [""; 0]);
    assert!(report.passed() >= 60, "only {} cases", report.passed());
    let stories = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.kind == Kind::Story)
        .count();
    assert!(stories >= 8, "only {stories} stories");
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_report() {
    let reports = [1, 4].map(|jobs| {
        let options = Options {
            jobs: NonZeroUsize::new(jobs),
            ..Options::default()
        };
        let report = run_with(&[shop().to_owned()], shop(), &options);
        (json(&report), junit(&report))
    });
    assert_eq!(reports[0], reports[1]);
}
