//! The walk-through of the README does what it says, with the commands that it names.

use std::fs;
use std::path::Path;
use std::process::Command;

use auth_end_to_end::{Options, Server, countersign};

const HEADING: &str = "## Five minutes with curl";
/// Where the README has its server, its data and its binary.
const URL: &str = "http://127.0.0.1:8080";
const DATA: &str = "countersign-data";
const BINARY: &str = "target/release/countersign";
/// Ends the output of a step.
const SEPARATOR: char = '\x1e';

/// Commands, and what they print: `…` stands for anything.
struct Step {
    commands: String,
    expected: String,
}

#[test]
fn the_walk_through_works() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("a README");
    let steps = steps(section(&readme));
    assert!(steps.iter().any(|step| !step.expected.is_empty()));

    let server = Server::start(&Options::default());
    let output = run(&adapt(&script(&steps), &server));
    let outputs: Vec<_> = output.split(SEPARATOR).map(str::trim_end).collect();
    assert_eq!(outputs.len(), steps.len() + 1, "{output}");
    for (step, output) in steps.iter().zip(outputs) {
        let expected = adapt(&step.expected, &server);
        assert!(
            fits(&expected, output),
            "{}\nprints\n{output}\nnot\n{expected}",
            step.commands
        );
    }
}

fn section(readme: &str) -> &str {
    let (_, rest) = readme
        .split_once(&format!("{HEADING}\n"))
        .unwrap_or_else(|| panic!("the README has no `{HEADING}`"));
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The shell blocks, cut after each `# → …`; the comment lines that follow it belong to it.
fn steps(section: &str) -> Vec<Step> {
    let blocks = section.split("```sh\n").skip(1);
    blocks
        .flat_map(|block| steps_of(block.split("```").next().unwrap_or(block)))
        .collect()
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

/// The same for the server of this test.
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
    let output = output.expect("bash runs; the walk-through needs curl and python3 as well");
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
