//! `countersign policy`: what a pipeline sees of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use auth_end_to_end::countersign;
use rustix::process::{Pid, Signal, kill_process};
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

#[test]
fn a_file_that_is_replaced_is_run_again_until_the_watch_is_interrupted() {
    let folder = folder();
    let mut watch = countersign()
        .args(["policy", "test", "--watch"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let output = BufReader::new(watch.stdout.take().expect("a pipe"));
    let mut counts = output
        .lines()
        .map(|line| line.expect("UTF-8"))
        .filter(|line| line.contains(" passed, "));
    let mut next = || counts.next().expect("a report");
    assert_eq!(next(), "1 passed, 1 failed");
    // As editors write it: another file takes its place.
    let replace = |name: &str, text: &str| {
        let other = folder.path().join("new");
        fs::write(&other, text).expect("a file");
        fs::rename(&other, folder.path().join(name)).expect("a file");
    };
    replace(
        "a.cases.toml",
        &CASES.replace("expect = \"no\"", "expect = \"yes\""),
    );
    assert_eq!(next(), "2 passed, 0 failed");
    // A policy that is no TOML fails, and its end comes with the next change.
    let policy = folder.path().join("policy.toml");
    let text = fs::read_to_string(&policy).expect("text");
    replace("policy.toml", "[roles");
    assert_eq!(next(), "0 passed, 1 failed");
    replace("policy.toml", &text);
    assert_eq!(next(), "2 passed, 0 failed");
    replace("b.cases.toml", CASES);
    assert_eq!(next(), "3 passed, 1 failed");
    let id = Pid::from_child(&watch);
    kill_process(id, Signal::INT).expect("it runs");
    assert_eq!(watch.wait().expect("it ends").code(), Some(130));
}

#[test]
fn answers_are_accepted_into_the_files() {
    let folder = folder();
    let output = test(folder.path(), &["--accept"]);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said, "./a.cases.toml: 1 accepted\n");
    assert_eq!(test(folder.path(), &[]).status.code(), Some(0));
}

/// Other builds are made of the component of this one: one that knows another key, and one whose default
/// administrator has another rule.
#[test]
fn two_builds_are_compared_on_one_policy() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes);
    let changed = |from: &str, to: &str| replaced(auth_artifact::COMPONENT, from, to);
    write("other-key.wasm", &changed("allow_own", "allow_any")).expect("a file");
    write("other-rule.wasm", &changed("*:*", "a:*")).expect("a file");
    write("empty.toml", b"").expect("a file");
    write("module.wasm", b"\0asm\x01\0\0\0").expect("a file");
    for (policy, component, status, said) in [
        (
            "policy.toml",
            "other-key.wasm",
            1,
            "policy.toml:2:1: unknown key",
        ),
        (
            "empty.toml",
            "other-rule.wasm",
            1,
            "role admin\n  wider     *:*: nothing allows -> allowed, for instance x:x; not a:*\n",
        ),
        (
            "policy.toml",
            "module.wasm",
            2,
            "`module.wasm` is no component",
        ),
        (
            "policy.toml",
            "none.wasm",
            2,
            "cannot read the component `none.wasm`",
        ),
    ] {
        let output = countersign()
            .args([
                "policy",
                "diff",
                policy,
                "--fail-on",
                "any",
                "--component",
                component,
            ])
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert_eq!(output.status.code(), Some(status), "{component}: {text}");
        assert!(text.contains(said), "{component}: {text}");
    }
}

/// These bytes with each `from` replaced by a text as long.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let starts = 0..bytes.len() - from.len();
    for start in starts.filter(|start| bytes[*start..].starts_with(from.as_bytes())) {
        changed[start..start + to.len()].copy_from_slice(to.as_bytes());
    }
    changed
}

#[test]
fn the_first_policy_passes_its_first_cases_without_a_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["init"][..],
        &[
            "check",
            "--fail-level",
            "note",
            "countersign.toml",
            "access.cases.toml",
        ],
        &["test", "--threshold", "100"],
    ] {
        let mut command = countersign();
        command
            .arg("policy")
            .args(arguments)
            .current_dir(folder.path());
        let output = command.output().expect("it runs");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {text}");
    }
}

/// The settings for GitHub Actions and pre-commit stand in the guide, and their commands pass.
#[test]
fn the_commands_of_the_guide_pass_on_the_shop() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("a file");
    let guide = read("docs/how-to/test-your-policy.md");
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "shop.toml",
        "people.toml",
        "access.cases.toml",
        "stories.cases.toml",
    ] {
        let from = root.join("examples/shop").join(name);
        fs::copy(from, folder.path().join(name)).expect("a file");
    }
    let binary = countersign().get_program().to_owned();
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).expect("a folder");
    std::os::unix::fs::symlink(&binary, tools.join("countersign")).expect("a link");
    let path = std::env::var("PATH").expect("a path");
    let mut commands = 0;
    for file in ["policy.yml", "pre-commit-config.yaml"] {
        let text = read(&format!("examples/shop/ci/{file}"));
        assert!(guide.contains(&format!("```yaml\n{text}```\n")), "{file}");
        for line in text.lines() {
            let Some(command) = ["- run: ", "entry: "]
                .iter()
                .find_map(|key| line.trim_start().strip_prefix(key))
            else {
                continue;
            };
            // pre-commit adds the names of the files, for `policy test` none.
            let names = if line.contains("entry:") && !command.contains("test") {
                "shop.toml"
            } else {
                ""
            };
            commands += 1;
            let output = Command::new("sh")
                .args(["-c", &format!("{command} {names}")])
                .env("PATH", format!("{}:{path}", tools.display()))
                .current_dir(folder.path())
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command}: {said}");
        }
    }
    assert_eq!(commands, 5);
}
