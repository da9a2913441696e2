//! How the sources and the pages look.

use std::fs;

use auth_tidy::{files, read, root};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 70;

fn rust_files() -> Vec<(String, String)> {
    ["core", "hosts"]
        .iter()
        .flat_map(|directory| files(directory, ".rs"))
        .collect()
}

/// The lines before a file's own tests; none of a file that is all tests.
fn production<'a>(path: &str, text: &'a str) -> Vec<&'a str> {
    if path.contains("/tests/") || path.ends_with("/tests.rs") {
        return Vec::new();
    }
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .collect()
}

/// The functions and how many lines each has: rustfmt puts the last brace below the first letter.
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
fn what_holds_secrets_does_not_derive_debug() {
    let table = [
        ("core/rules/src/password.rs", "struct NewPassword"),
        ("core/rules/src/password.rs", "struct Candidate"),
        ("core/rules/src/session.rs", "struct Session "),
        ("hosts/rest/src/login.rs", "struct Login "),
        ("hosts/rest/src/me.rs", "struct PasswordChange "),
        ("hosts/rest/src/tokens.rs", "struct Tokens "),
        ("hosts/rest/src/tokens.rs", "struct RefreshToken "),
        ("hosts/rest/src/bearer.rs", "struct Bearer("),
        ("hosts/crypto/src/key_file.rs", "struct KeyFile "),
        ("hosts/crypto/src/signing_key.rs", "struct SigningKey "),
        ("hosts/crypto/src/mac_keys.rs", "struct MacKeys "),
        ("hosts/runtime/src/secret_text.rs", "struct SecretText("),
        (
            "hosts/aws/src/credentials.rs",
            "struct DatabaseCredentials ",
        ),
        ("hosts/documentdb/src/credentials.rs", "struct Credential "),
        ("hosts/documentdb/src/settings.rs", "struct Settings "),
    ];
    for (path, name) in table {
        let text = read(path);
        let before = text
            .split_once(name)
            .unwrap_or_else(|| panic!("{path}: no {name}"))
            .0;
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        assert!(
            !attributes.contains("Debug"),
            "{path}: {name} derives Debug"
        );
    }
}

#[test]
fn each_crate_is_described_and_linted() {
    for directory in ["core", "hosts", "tests"] {
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

/// The files of the project itself, those at its root included.
fn all_files() -> impl Iterator<Item = (String, String)> {
    let top = fs::read_dir(root()).expect("the root is a directory");
    let top = top.flatten().filter(|entry| entry.path().is_file());
    let top = top.map(|entry| entry.file_name().to_string_lossy().into_owned());
    // In a second work tree `.git` is a file that names a folder of the machine.
    let top = top.filter(|name| name != ".git");
    let below = ["core", "hosts", "tests", "wit"].map(|directory| files(directory, ""));
    top.map(|path| (path.clone(), read(&path)))
        .chain(below.into_iter().flatten())
}

#[test]
fn links_lead_to_files() {
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ] {
        let text = read(page);
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            assert!(root().join(file).exists(), "{page} links to {target}");
        }
    }
}

#[test]
fn the_reference_lists_each_variable() {
    let reference = read("docs/reference/settings.md");
    let mut seen = 0;
    for (path, text) in files("hosts/cli/src", ".rs") {
        for rest in text.split("env = \"").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            seen += 1;
            assert!(
                reference.contains(&format!("| `{name}` |")),
                "{path} reads {name}"
            );
        }
    }
    assert!(seen >= 8, "only {seen} variables were found");
    let lambda = read("hosts/lambda/src/settings.rs");
    let fields = lambda.split("/// `").skip(1);
    let names = fields.filter_map(|rest| rest.split_once('`').map(|(name, _)| name));
    for name in names {
        assert!(
            reference.contains(&format!("| `{name}` |")),
            "the function reads {name}"
        );
    }
}

#[test]
fn the_changelog_has_a_version() {
    assert!(
        read("CHANGELOG.md")
            .lines()
            .any(|line| line.starts_with("## ["))
    );
}
