//! Generates the page `docs/reference/settings.md` from the table of settings.

use std::fmt::Write as _;

use super::setting::{Host, Row, Unset};
use super::table::{POLICY, ROWS};

const CHECKED_IN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/reference/settings.md"
);

const HEAD: &str = "\
# Settings

<!-- Generated from hosts/composition/src/settings/table.rs: \
`UPDATE_REFERENCE=1 cargo test -p auth-composition reference` rewrites it. -->

A setting of `countersign serve` is a flag, a variable of the environment, or both. The flag wins. A variable that is empty counts as unset.
The server does not start with a value that it cannot use, and names the setting in one sentence.

## The server

| variable | flag | default | meaning |
|---|---|---|---|
";

const SECRETS: &str = "
A secret has no flag, because arguments show in the list of processes.
";

const FUNCTION: &str = "
## The function on AWS Lambda

A function reads variables only.
";

const DIFFERENCES: &str = "
| variable | default | meaning |
|---|---|---|
";

const REFERENCES: &str = "
A reference to a secret of AWS Secrets Manager is `secretsmanager:` and the name of the secret, or its ARN.
";

const AUTHORIZER: &str = "
## The authorizer on AWS Lambda

| variable | default | meaning |
|---|---|---|
";

const GATEWAY: &str = "
## The gateway

`countersign gateway` reads the same variables and has flags for them: see [Command line](command-line.md#gateway).
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for row in ROWS.iter().filter(|row| row.server != Unset::NotRead) {
        page += &server_line(row);
    }
    page += SECRETS;
    page += FUNCTION;
    let read = || ROWS.iter().filter(|row| row.function != Unset::NotRead);
    let same: Vec<_> = read()
        .filter(|row| is_same(row))
        .map(|row| name(row))
        .collect();
    let _ = writeln!(
        page,
        "These mean the same as for the server: {}. {} names {}.\nThese differ:",
        same.join(", "),
        name(&POLICY.row),
        POLICY.row.function_details,
    );
    page += DIFFERENCES;
    for row in read().filter(|row| !is_same(row)) {
        page += &function_line(row);
    }
    page += REFERENCES;
    let unread: Vec<_> = ROWS
        .iter()
        .filter(|row| row.function == Unset::NotRead && row.server != Unset::NotRead)
        .map(|row| name(row))
        .collect();
    let _ = writeln!(page, "The function does not read {}.", unread.join(", "));
    page += AUTHORIZER;
    for row in ROWS.iter().filter(|row| row.authorizer != Unset::NotRead) {
        let meaning = match row.server {
            Unset::NotRead => lower_first(row.help.split(" [default").next().unwrap_or_default()),
            _ => "as above".to_owned(),
        };
        page += &line(&[&name(row), &unset(row, Host::Authorizer), &meaning]);
    }
    page += GATEWAY;
    page
}

/// Whether the function reads a setting as the server does. A separate sentence covers the policy
/// file.
fn is_same(row: &Row) -> bool {
    row.variable == POLICY.row.variable
        || (row.server == row.function && row.function_details.is_empty())
}

fn server_line(row: &Row) -> String {
    let flag = row
        .flag
        .map_or("none".to_owned(), |flag| format!("`--{flag}`"));
    let mut meaning = vec![lower_first(row.help)];
    meaning.extend(values(row));
    if !row.details.is_empty() {
        meaning.push(row.details.to_owned());
    }
    if !row.commands.is_empty() {
        let commands: Vec<_> = row
            .commands
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        meaning.push(format!("Also of {}", commands.join(", ")));
    }
    line(&[
        &name(row),
        &flag,
        &unset(row, Host::Server),
        &meaning.join(". "),
    ])
}

fn function_line(row: &Row) -> String {
    let meaning = match (row.function_details, row.server) {
        ("", Unset::NotRead) => lower_first(row.help),
        ("", _) => "as above".to_owned(),
        (details, _) => details.to_owned(),
    };
    line(&[&name(row), &unset(row, Host::Function), &meaning])
}

fn line(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn name(row: &Row) -> String {
    format!("`{}`", row.variable)
}

fn values(row: &Row) -> Option<String> {
    let quoted: Vec<_> = row
        .choices
        .iter()
        .map(|value| format!("`{value}`"))
        .collect();
    let (last, others) = quoted.split_last()?;
    Some(format!("One of {} and {last}", others.join(", ")))
}

fn unset(row: &Row, host: Host) -> String {
    match row.unset(host) {
        Unset::Default(value) => format!("`{value}`"),
        Unset::Means(words) => words.to_owned(),
        Unset::Refused | Unset::NotRead => "must be set".to_owned(),
    }
}

/// The help with a first letter in lower case, as a cell of the table has it.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

#[test]
fn settings_md_is_up_to_date() {
    let generated = page();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(CHECKED_IN, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
    assert!(
        checked_in == generated,
        "docs/reference/settings.md differs from the table; `UPDATE_REFERENCE=1 cargo test -p \
         auth-composition reference` rewrites it"
    );
}
