use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::coverage::{self, Coverage};
use auth_harness::{Options, Suite, boundaries};
use tempfile::TempDir;

use super::{ENGINE, HEAD, POLICY, complaints, folder, run};

fn measured(folder: &TempDir) -> (Suite, Vec<Coverage>) {
    let suite = Suite::load(&ENGINE, &[folder.path().to_owned()], folder.path(), None).unwrap();
    let report = suite
        .run(
            &Options::default(),
            &AtomicBool::new(false),
            &AtomicUsize::new(0),
        )
        .unwrap();
    let coverage = coverage::of(&suite, &report);
    (suite, coverage)
}

/// One question to the clerk, decided by the denial.
const CASES: &str = "[[decision]]\nas = \"bo\"\nask = \"orders:refund\"\nexpect = \"no\"\n";

#[test]
fn what_no_case_met_is_named_with_its_place() {
    let cases = format!("{HEAD}{CASES}");
    let (_, coverage) = measured(&folder(&[
        ("policy.toml", POLICY),
        ("a.cases.toml", &cases),
    ]));
    let [policy] = coverage.as_slice() else {
        panic!("one policy")
    };
    // Three roles, four rules, one inheritance; met: the role clerk and its denial.
    assert_eq!((policy.counts(), policy.per_mille()), ((2, 8), 250));

    let text = coverage::text(&coverage);
    for line in [
        "policy.toml: 25.0 %",
        "roles        1 of 3, 33.3 %",
        "policy.toml:3:14: allow_own orders:read of the role user",
        "policy.toml:6:13: clerk inherits user",
        "not covered: login: throttled",
    ] {
        assert!(text.contains(line), "`{line}` is missing:\n{text}");
    }
    let lcov = coverage::lcov(&coverage);
    for line in [
        "SF:",
        "policy.toml\n",
        "BRDA:8,0,0,1",
        "BRDA:7,0,0,0",
        "DA:8,1",
        "DA:7,0",
        "LF:8",
        "LH:2",
        "BRF:8",
        "end_of_record",
    ] {
        assert!(lcov.contains(line), "`{line}` is missing:\n{lcov}");
    }
    let json: serde_json::Value = serde_json::from_str(&coverage::json(&coverage)).unwrap();
    assert_eq!(json["policies"][0]["per_mille"], 250);
    assert_eq!(json["policies"][0]["dimensions"][1]["items"][2]["line"], 8);
    let html = coverage::html(&coverage);
    assert!(
        html.contains("<mark class=\"met\" title=\"covered\">&quot;orders:refund&quot;</mark>"),
        "{html}"
    );
}

#[test]
fn all_but_one_of_many_is_not_all() {
    let rules: Vec<_> = (0..3_000)
        .map(|rule| format!("\"orders:a{rule}\""))
        .collect();
    let roles: Vec<_> = rules
        .chunks(1_000)
        .enumerate()
        .map(|(role, rules)| format!("[roles.r{role}]\nallow = [{}]\n", rules.join(", ")))
        .collect();
    let policy = format!(
        "[registration]\nroles = []\n[setup]\nrole = \"r0\"\n{}",
        roles.concat()
    );
    let rows: String = (0..2_999)
        .map(|rule| {
            format!(
                "orders:a{rule} {}\n",
                ["yes - -", "- yes -", "- - yes"][rule / 1_000]
            )
        })
        .collect();
    let cases = format!(
        "policy = \"policy.toml\"\n[subjects]\na = {{ roles = [\"r0\"] }}\nb = {{ roles = [\"r1\"] }}\nc = {{ roles = [\"r2\"] }}\n[[grid]]\ncells = '''\n a b c\n{rows}'''\n"
    );
    let folder = folder(&[("policy.toml", &policy), ("a.cases.toml", &cases)]);
    let (_, coverage) = measured(&folder);
    assert_eq!(
        (coverage[0].counts(), coverage[0].per_mille()),
        ((3_002, 3_003), 999)
    );
}

#[test]
fn the_suggested_cases_pass_and_cover_what_they_were_suggested_for() {
    let cases = format!("{HEAD}{CASES}");
    let first = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let (suite, coverage) = measured(&first);
    let suggested = coverage::suggest(&ENGINE, suite.policies()[0], &coverage[0]).unwrap();
    let cases = format!("{cases}{suggested}");
    let second = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let complaints = complaints(&run(second.path()));
    assert_eq!(complaints, [""; 0], "{suggested}");
    // What the clerk inherits, a rule of its own allows as well.
    assert!(
        suggested.contains("# clerk inherits user: no question"),
        "{suggested}"
    );
    assert_eq!(measured(&second).1[0].counts(), (7, 8), "{suggested}");
}

#[test]
fn a_setting_is_covered_where_a_case_would_notice_one_more_or_one_less() {
    let cases = format!(
        "{HEAD}[[value]]\nfield = 'password'\naccept = 'fifteen letters'\n\
         [[token]]\nat = {{ '10m29s' = 'ok', '10m30s' = 'expired' }}\n\
         [[value]]\nfield = 'password'\naccept = 'x'\n"
    );
    let folder = folder(&[("policy.toml", POLICY), ("a.cases.toml", &cases)]);
    let paths = [folder.path().to_owned()];
    let suite = Suite::load(&ENGINE, &paths, folder.path(), None).unwrap();
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let report = suite.run(&Options::default(), &stop, &done).unwrap();
    let policy = suite.policies()[0];
    let found = boundaries(&suite, &report, folder.path(), policy, &stop).unwrap();
    let noticed = found.iter().filter(|boundary| boundary.is_noticed);
    let noticed: Vec<_> = noticed
        .map(|boundary| format!("{} {}", boundary.setting, boundary.change))
        .collect();
    // The last case fails in any event, so it notices nothing.
    assert_eq!(
        noticed,
        [
            "password.min_length one more",
            "token.access_seconds one less",
            "token.access_seconds one more",
            "token.leeway_seconds one less",
            "token.leeway_seconds one more",
        ]
    );
    let mut coverage = coverage::of(&suite, &report);
    coverage::add_settings(&mut coverage[0], found);
    let text = coverage::text(&coverage);
    assert!(
        text.contains("settings     5 of 28, 17.8 % (not counted)"),
        "{text}"
    );
    assert!(
        text.contains("not covered: password.min_length one less"),
        "{text}"
    );
}
