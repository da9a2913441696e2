//! Rules for the text of sources and pages: length, secrets, links, what may not be named.

use std::path::Path;

use auth_tidy::{files, pages, read, root, top_level_files};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 70;

fn rust_files() -> Vec<(String, String)> {
    ["core", "hosts"]
        .iter()
        .flat_map(|directory| files(directory, ".rs"))
        .collect()
}

/// The lines of a file before its unit tests; no line of a file that holds only tests.
fn production<'a>(path: &str, text: &'a str) -> Vec<&'a str> {
    if path.contains("/tests/") || path.ends_with("/tests.rs") {
        return Vec::new();
    }
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .collect()
}

/// The first line of each function and how many lines it has.
///
/// rustfmt indents the closing brace like the first line.
fn functions<'a>(lines: &[&'a str]) -> Vec<(&'a str, usize)> {
    let starts = lines.iter().enumerate().filter(|(_, line)| {
        let before = line.split("fn ").next().unwrap_or_default().trim();
        line.contains("fn ")
            && !line.ends_with([';', '}'])
            && before.split(' ').all(|word| {
                word.is_empty() || word.starts_with("pub") || ["const", "async"].contains(&word)
            })
    });
    starts
        .filter_map(|(start, line)| {
            let last = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let length = lines[start..].iter().position(|line| **line == last)?;
            Some((line.trim(), length + 1))
        })
        .collect()
}

#[test]
fn files_and_functions_are_short() {
    let mut seen = 0;
    for (path, text) in rust_files().into_iter().chain(files("tests", ".rs")) {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{path} has {lines} lines");
        for (name, length) in functions(&production(&path, &text)) {
            seen += 1;
            assert!(length <= LONGEST_FUNCTION, "{path}: {length} lines: {name}");
        }
    }
    assert!(seen > 100, "only {seen} functions were found");
}

#[test]
fn rest_never_acts_as_the_operator() {
    for (path, text) in files("hosts/rest", ".rs") {
        assert!(!text.contains("Authority::Operator"), "{path}");
    }
}

#[test]
fn bindings_do_not_trace_arguments() {
    for (path, text) in rust_files() {
        assert!(
            !text
                .lines()
                .any(|line| line.trim().starts_with("tracing: ")),
            "{path}"
        );
    }
}

#[test]
fn types_that_hold_secrets_do_not_derive_debug() {
    let table = [
        ("core/rules/src", "struct NewPassword"),
        ("core/rules/src", "struct Candidate"),
        ("hosts/rest/src", "struct Login "),
        ("hosts/rest/src", "struct PasswordChange "),
        ("hosts/rest/src", "struct Tokens "),
        ("hosts/rest/src", "struct RefreshToken "),
        ("hosts/rest/src", "struct Bearer("),
        ("hosts/crypto/src", "struct KeyFile "),
        ("hosts/crypto/src", "struct SigningKey "),
        ("hosts/crypto/src", "struct MacKeys "),
        ("hosts/runtime/src", "struct SecretText("),
        ("hosts/aws/src", "struct DatabaseCredentials "),
        ("hosts/documentdb/src", "struct Credential "),
    ];
    let sources = rust_files();
    for (folder, name) in table {
        let defining = sources
            .iter()
            .filter(|(path, text)| path.starts_with(folder) && text.contains(name));
        let mut seen = 0;
        for (path, text) in defining {
            seen += 1;
            let before = text.split(name).next().unwrap_or_default();
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            let derives_debug = attributes
                .lines()
                .any(|line| line.starts_with("#[derive(") && line.contains("Debug"));
            assert!(!derives_debug, "{path}: {name} derives Debug");
        }
        assert!(seen > 0, "{folder}: no {name}");
    }
}

#[test]
fn each_crate_is_described_and_linted() {
    for directory in ["core", "examples", "hosts", "tests"] {
        for (path, text) in files(directory, "Cargo.toml") {
            let described = text.lines().any(|line| line.starts_with("description = "));
            assert!(described, "{path} has no description");
            assert!(
                text.contains("[lints]\nworkspace = true"),
                "{path} has lints of its own"
            );
        }
    }
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    // In two halves, so that this list is not found itself.
    let machines = [
        ("/ho", "me/"),
        ("/Us", "ers/"),
        ("/ro", "ot/"),
        ("/wo", "rk/"),
    ];
    let registries = [
        ("registry.npm", "js.org"),
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("static.", "crates.io"),
        ("index.", "crates.io"),
    ];
    let forbidden = machines.iter().chain(&registries);
    let forbidden: Vec<_> = forbidden.map(|(a, b)| format!("{a}{b}")).collect();
    let mut seen = 0;
    for (path, text) in all_files() {
        seen += 1;
        for part in &forbidden {
            assert!(!text.contains(part), "{path} contains `{part}`");
        }
    }
    assert!(seen > 200, "only {seen} files were found");
}

/// All files of the project.
fn all_files() -> impl Iterator<Item = (String, String)> {
    let top = top_level_files().into_iter();
    let top = top.map(|path| (path.clone(), read(&path)));
    let folders = ["core", "docs", "examples", "hosts", "infra", "tests", "wit"].into_iter();
    let folders = folders.filter(|folder| root().join(folder).is_dir());
    top.chain(folders.flat_map(|folder| files(folder, "")))
}

#[test]
fn links_lead_to_files() {
    let mut seen = 0;
    for (page, text) in pages() {
        let folder = Path::new(&page).parent().expect("a file is in a folder");
        let targets = text.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split([')', '#', ' ']).next());
        for target in targets.filter(|target| !target.contains("://") && !target.is_empty()) {
            seen += 1;
            let exists = root().join(folder).join(target).exists();
            assert!(exists, "{page} links to {target}");
        }
    }
    assert!(seen >= 5, "only {seen} links were found");
}

#[test]
fn the_changelog_has_a_version() {
    assert!(
        read("CHANGELOG.md")
            .lines()
            .any(|line| line.starts_with("## ["))
    );
}
