//! Runs the commands of the tutorial and compares what they print.

use std::fs;
use std::path::Path;
use std::process::Command;

use auth_end_to_end::{Options, QUICK_POLICY, Server, countersign};
use tempfile::TempDir;

/// The names that the tutorial uses for its server, its data directory and its binary.
const URL: &str = "http://127.0.0.1:8080";
const DATA: &str = "countersign-data";
const BINARY: &str = "target/debug/countersign";
/// The command with which the reader restarts the server, under the policy of the TOML block before
/// it.
const RESTART: &str = "target/debug/countersign serve --policy policy.toml";
/// A character that ends the output of a step.
const SEPARATOR: char = '\x1e';

/// Commands, and what they print: `…` stands for anything.
struct Step {
    commands: String,
    expected: String,
}

#[test]
fn the_tutorial_works() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tutorial.md");
    let page = fs::read_to_string(page).expect("a tutorial");
    let (before, after) = page.split_once(RESTART).expect("a restart with a policy");
    let policy = blocks(before, "toml").last().expect("a policy");
    let data = TempDir::new().expect("a temporary directory");
    let data = data.path().join("data");
    let options = Options::default().data(&data);

    let first = steps(before);
    check(&first, &[], &Server::start(&options));
    let options = options.policy(&format!("{QUICK_POLICY}{policy}"));
    // This runs in a new shell, so the addresses and functions of the first steps are set again.
    check(&steps(after), &first[..1], &Server::start(&options));
}

/// Runs `prelude` and the steps in one shell, and compares what each step prints.
fn check(steps: &[Step], prelude: &[Step], server: &Server) {
    assert!(steps.iter().any(|step| !step.expected.is_empty()));
    let prelude: String = prelude.iter().map(|step| &*step.commands).collect();
    let output = run(&adapt(&(prelude + &script(steps)), server));
    let outputs: Vec<_> = output.split(SEPARATOR).map(str::trim_end).collect();
    assert_eq!(outputs.len(), steps.len() + 1, "{output}");
    for (step, output) in steps.iter().zip(outputs) {
        let expected = adapt(&step.expected, server);
        assert!(
            fits(&expected, output),
            "{}\nprints\n{output}\nnot\n{expected}",
            step.commands
        );
    }
}

/// The contents of the code blocks in this language.
fn blocks<'a>(page: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let opening = format!("```{language}\n");
    let blocks: Vec<_> = page.split(&opening).skip(1).collect();
    blocks
        .into_iter()
        .map(|block| block.split("```").next().unwrap_or(block))
}

/// The shell blocks, cut after each `# → …` and at their ends; the comment lines that follow a
/// `# → …` belong to it.
fn steps(page: &str) -> Vec<Step> {
    blocks(page, "sh").flat_map(steps_of).collect()
}

fn steps_of(block: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut commands = String::new();
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("# → ") else {
            commands += &format!("{line}\n");
            continue;
        };
        let mut expected = first.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with('#')) {
            expected += &format!("\n{}", more.trim_start_matches(['#', ' ']));
        }
        let commands = std::mem::take(&mut commands);
        steps.push(Step { commands, expected });
    }
    if !commands.is_empty() {
        let expected = String::new();
        steps.push(Step { commands, expected });
    }
    steps
}

fn script(steps: &[Step]) -> String {
    let ended = |step: &Step| format!("{}printf '{SEPARATOR}'\n", step.commands);
    steps.iter().map(ended).collect()
}

/// Replaces the tutorial's names in an output or command by those of this test's server.
fn adapt(text: &str, server: &Server) -> String {
    let binary = countersign();
    let binary = binary.get_program().to_str().expect("a path in UTF-8");
    let data = server.data().to_str().expect("a path in UTF-8");
    text.replace(URL, server.url())
        .replace(DATA, data)
        .replace(BINARY, binary)
}

fn run(script: &str) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .output();
    let output = output.expect("bash runs; the tutorial needs curl and python3 as well");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (printed, complaints) = (text(output.stdout), text(output.stderr));
    assert!(
        output.status.success(),
        "{}\n{printed}\n{complaints}",
        output.status
    );
    printed
}

/// Whether the parts between the `…` occur one after the other, the first at the start and the last
/// at the end. Space at the start of a line does not count.
fn fits(expected: &str, output: &str) -> bool {
    let lines: Vec<_> = output.lines().map(str::trim_start).collect();
    let output = lines.join("\n");
    let Some((first, rest)) = expected.split_once('…') else {
        return expected == output;
    };
    let Some(mut output) = output.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split('…').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match output.split_once(part) {
            Some((_, after)) => output = after,
            None => return false,
        }
    }
    output.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_anything() {
    for (expected, output, fit) in [
        ("204", "204", true),
        ("204", "2040", false),
        ("a…c", "abc", true),
        ("a…c", "abcd", false),
        ("a…b…c", "a1b2c", true),
        ("a…b…c", "a12c", false),
        ("valid\nroles …", "valid\n  roles user", true),
        ("…", "", true),
    ] {
        assert_eq!(fits(expected, output), fit, "{expected} {output}");
    }
}
