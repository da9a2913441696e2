//! `countersign policy`: what a pipeline sees of it.

use std::fs;
use std::path::Path;
use std::process::Output;

use auth_end_to_end::countersign;
use tempfile::TempDir;

const CASES: &str = "\
policy = \"policy.toml\"
[[decision]]
name = \"right\"
roles = [\"user\"]
ask = \"documents:read\"
expect = \"own\"
[[decision]]
name = \"wrong\"
roles = [\"admin\"]
ask = \"documents:read\"
expect = \"no\"
";

/// A folder whose name has a space and letters beyond ASCII, with a policy and two cases.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("Fälle 例 ")
        .tempdir()
        .expect("a folder");
    let policy = "[roles.user]\nallow_own = [\"documents:*\"]\n[roles.admin]\nallow = [\"*:*\"]\n";
    fs::write(folder.path().join("policy.toml"), policy).expect("a file");
    fs::write(folder.path().join("a.cases.toml"), CASES).expect("a file");
    folder
}

fn test(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = countersign();
    command
        .args(["policy", "test"])
        .args(arguments)
        .current_dir(folder);
    command.output().expect("it runs")
}

#[test]
fn the_exit_status_tells_failing_cases_from_wrong_usage() {
    let folder = folder();
    for (arguments, status, said) in [
        (&["--filter", "right"][..], 0, "1 passed, 0 failed"),
        (&[], 1, "1 passed, 1 failed"),
        (&["--filter", "right", "--threshold", "50"], 0, "1 passed"),
        (
            &["--filter", "right", "--threshold", "51"],
            3,
            "2 of 4 parts of `./policy.toml` are covered, less than 51 %",
        ),
        (&["--threshold", "0", "--coverage", "text"], 1, "100.0 %"),
        (&["--filter", "right", "--suggest"], 0, "ask = \"a:a\""),
        (&["--threshold", "101"], 2, "--threshold"),
        (&["--kind", "token"], 2, "no case was selected"),
        (&["none.cases.toml"], 2, "cannot read `none.cases.toml`"),
        (
            &["--policy", "none.toml"],
            2,
            "cannot read the policy `none.toml`",
        ),
        (&["--policy", "a.cases.toml"], 2, "a.cases.toml:1:1"),
        (&["--kind", "grids"], 2, "--kind"),
    ] {
        let output = test(folder.path(), arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).expect("UTF-8");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}

#[test]
fn a_pipe_gets_a_report_without_colours_in_each_format() {
    let folder = folder();
    for (format, said) in [
        ("text", "a.cases.toml:7:1"),
        ("junit", "<testsuites"),
        ("json", "\"failed\":1"),
    ] {
        let output = test(folder.path(), &["--format", format]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains(said) && !text.contains('\u{1b}'), "{text}");
        assert_eq!(output.stderr, b"", "{format}");
    }
}

#[test]
fn changes_that_no_case_notices_are_named() {
    let folder = folder();
    fs::write(
        folder.path().join("a.cases.toml"),
        &CASES[..CASES
            .find("[[decision]]\nname = \"wrong\"")
            .expect("a case")],
    )
    .expect("a file");
    for (arguments, status) in [(&[][..], 0), (&["--threshold", "100"], 3), (&["none"], 2)] {
        let mut command = countersign();
        command
            .args(["policy", "mutate"])
            .args(arguments)
            .current_dir(folder.path());
        let output = command.output().expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        if status != 2 {
            assert!(
                text.contains("policy.toml:4:10: allow *:* of the role admin dropped"),
                "{text}"
            );
            assert!(
                !text.contains("allow_own documents:* of the role user"),
                "{text}"
            );
        }
    }
}

#[test]
fn the_shop_of_the_examples_passes() {
    let shop = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop"));
    let output = test(shop, &[]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(" 0 failed"), "{text}");
}
