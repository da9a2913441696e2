//! Generates the page `docs/reference/command-line.md` from the tree of commands.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};

use crate::args::Cli;

const HEAD: &str = "\
# Command line

<!-- Generated from hosts/cli/src/args.rs: `UPDATE_REFERENCE=1 cargo test -p auth-cli reference` \
rewrites it. -->

`countersign --help` and `--help` of every command print the same. \
[Settings](settings.md) explains the flags of `serve`, with their variables.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut root = Cli::command();
    root.build();
    page += &notes(&root);
    for command in root.get_subcommands() {
        describe(&mut page, command, 2);
    }
    page
}

fn describe(page: &mut String, command: &Command, level: usize) {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let name = name.replace('-', " ").replace("countersign ", "");
    let about = command.get_about().map(ToString::to_string);
    let _ = write!(
        page,
        "\n{} {name}\n\n{}.\n",
        "#".repeat(level),
        about.unwrap_or_default()
    );
    if command.has_subcommands() {
        *page += &notes(command);
        for command in command.get_subcommands() {
            describe(page, command, level + 1);
        }
        return;
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "\n```text\n{usage}\n```\n\n");
    for argument in command.get_arguments().filter(|one| one.get_id() != "help") {
        let _ = writeln!(page, "- {}", describe_argument(argument));
    }
    *page += &notes(command);
}

fn describe_argument(argument: &Arg) -> String {
    let value = argument.get_value_names().unwrap_or_default().join(" ");
    let name = match (argument.get_long(), argument.get_action().takes_values()) {
        (Some(long), true) => format!("--{long} <{value}>"),
        (Some(long), false) => format!("--{long}"),
        (None, _) => format!("<{value}>"),
    };
    let help = argument.get_help().map(ToString::to_string);
    let mut text = format!("`{name}`: {}", help.unwrap_or_default());
    let values = argument.get_possible_values();
    if !values.is_empty() && argument.get_action().takes_values() {
        let values: Vec<_> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let _ = write!(text, ". One of {}", values.join(", "));
    }
    if let Some(default) = argument.get_default_values().first()
        && !argument.is_hide_default_value_set()
        && argument.get_action().takes_values()
    {
        let _ = write!(text, " [default: `{}`]", default.display());
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(text, " [variable: `{}`]", variable.display());
    }
    text
}

/// The text that `--help` prints below the arguments: paragraphs as text, lists and examples as
/// blocks.
fn notes(command: &Command) -> String {
    let notes = command.get_after_help().map(ToString::to_string);
    let mut text = String::new();
    for part in notes.unwrap_or_default().split("\n\n") {
        let _ = match part.split_once(":\n") {
            Some(("Examples", lines)) => write!(text, "\n```sh\n{}\n```\n", dedent(lines)),
            Some((title, lines)) => write!(text, "\n{title}:\n\n```text\n{}\n```\n", dedent(lines)),
            None if part.is_empty() => Ok(()),
            None => write!(text, "\n{part}\n"),
        };
    }
    text
}

fn dedent(lines: &str) -> String {
    let lines: Vec<_> = lines
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// Asserts that a page of `docs/reference/` is as it is generated, or writes it anew when
/// `UPDATE_REFERENCE` is set.
pub fn assert_up_to_date(page: &str, generated: &str) {
    let path = format!("{}/../../docs/reference/{page}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == generated,
        "docs/reference/{page} differs from the code; `UPDATE_REFERENCE=1 cargo test -p auth-cli \
         reference` rewrites it"
    );
}

#[test]
fn command_line_md_is_up_to_date() {
    assert_up_to_date("command-line.md", &page());
}
