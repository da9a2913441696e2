use auth_harness::{json, junit, text};

use super::{complaints, run_cases};

#[test]
fn a_wrong_answer_is_shown_with_the_rule_that_decided() {
    let report = run_cases(
        "[[grid]]\ncells = '''\n ann bo ada\norders:read yes own -\norders:refund no yes own\nusers:read own yes no\n'''\n",
    );
    assert_eq!(
        complaints(&report),
        [
            "9:13 orders:read as ann: expected yes: a rule allows it, actual own: allowed on what the subject owns; allow orders:read of the role user",
            "9:17 orders:read as bo: expected own: allowed on what the subject owns, actual yes: a rule allows it; allow orders:* of the role clerk",
            "9:21 orders:read as ada: expected -: no rule allows it, actual yes: a rule allows it; allow *:* of the role admin",
            "10:15 orders:refund as ann: expected no: a rule denies it, actual -: no rule allows it",
            "10:18 orders:refund as bo: expected yes: a rule allows it, actual no: a rule denies it; deny orders:refund of the role clerk",
            "10:22 orders:refund as ada: expected own: allowed on what the subject owns, actual yes: a rule allows it; allow *:* of the role admin",
            "11:12 users:read as ann: expected own: allowed on what the subject owns, actual -: no rule allows it",
            "11:16 users:read as bo: expected yes: a rule allows it, actual -: no rule allows it",
            "11:20 users:read as ada: expected no: a rule denies it, actual yes: a rule allows it; allow *:* of the role admin",
        ]
    );
}

#[test]
fn a_wrong_reason_fails_although_the_answer_is_right() {
    let decision = |why: &str| {
        run_cases(&format!(
            "[[decision]]\nas = \"bo\"\nask = \"orders:refund\"\nexpect = \"no\"\nwhy = {why}\n"
        ))
    };
    for (why, passes) in [
        ("{ rule = \"deny orders:refund\" }", true),
        (
            "{ rule = \"orders:refund\", role = \"clerk\", via = [\"clerk\"] }",
            true,
        ),
        ("{ rule = \"allow orders:refund\" }", false),
        ("{ rule = \"deny orders:*\" }", false),
        ("{ role = \"user\" }", false),
        ("{ via = [\"clerk\", \"user\"] }", false),
    ] {
        let report = decision(why);
        assert_eq!(
            report.failed(),
            usize::from(!passes),
            "{why}: {:?}",
            complaints(&report)
        );
    }
}

#[test]
fn never_is_proved_over_each_class_of_permissions() {
    for (never, expected) in [
        ("allow = \"users:delete\"\nexcept = [\"admin\"]", None),
        ("allow = \"users:delete\"", Some("admin may users:delete")),
        // No rule names this permission; the wildcard of the clerk reaches it all the same.
        (
            "allow = \"orders:*\"\nexcept = [\"admin\", \"user\"]",
            Some("clerk may orders:a"),
        ),
        ("allow = \"orders:refund\"\nexcept = [\"admin\"]", None),
        (
            "allow = \"orders:read\"\nexcept = [\"admin\", \"clerk\"]",
            Some("user may orders:read"),
        ),
    ] {
        let complaints = complaints(&run_cases(&format!("[[never]]\n{never}\n")));
        match expected {
            None => assert_eq!(complaints, [""; 0], "{never}"),
            Some(expected) => assert!(complaints[0].contains(expected), "{never}: {complaints:?}"),
        }
    }
}

#[test]
fn values_and_tokens_fail_with_what_came_instead() {
    let report = run_cases(
        "[[value]]\nfield = \"password\"\naccept = [\"short\"]\nrefuse = { common = [\"nine owls over a quiet quay\"], too-long = [\"x\"] }\n\
         [[token]]\nclaims = { aud = \"other\" }\nat = { \"1h\" = \"ok\" }\n[[token]]\nfor = \"other\"\nclaims = { aud = \"other\" }\nexpect = \"ok\"\n",
    );
    assert_eq!(
        complaints(&report),
        [
            "8:11 password \"short\": expected accepted, actual refused: too-short",
            "9:22 password \"nine owls over a quiet quay\": expected refused: common, actual accepted",
            "9:66 password \"x\": expected refused: too-long, actual refused: too-short",
            "12:8 token after 1h: expected ok, actual wrong-audience after 1h",
        ]
    );
}

#[test]
fn reports_show_expected_and_actual_at_their_place() {
    let report =
        run_cases("[[grid]]\ncells = '''\n ann\norders:read yes\n'''\n[[never]]\nalow = \"<&>\"\n");
    let text = text(&report, false);
    for part in [
        "grid: orders:read as ann",
        "a.cases.toml:9:13",
        "expected yes: a rule allows it",
        "actual   own: allowed",
        "0 passed, 2 failed",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");

    let junit = junit(&report);
    for part in [
        "<testcase name=\"orders:read as ann\"",
        "line=\"9\"",
        "<failure message=\"expected yes",
        "<error message=\"`allow` is missing\"",
        "failures=\"1\" errors=\"1\"",
    ] {
        assert!(junit.contains(part), "`{part}` is missing:\n{junit}");
    }

    let json: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
    assert_eq!(json["failed"], 2);
    assert_eq!(json["cases"][0]["failure"]["place"]["column"], 13);
    assert_eq!(json["cases"][0]["failure"]["place"]["end_column"], 16);
    assert_eq!(
        json["cases"][1]["findings"][1]["reason"],
        "unknown key `alow`; did you mean `allow`?"
    );
}
