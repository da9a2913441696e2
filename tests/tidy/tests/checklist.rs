//! Each test that `tests/checks.md` or the invariants of `ARCHITECTURE.md` name exists, and each
//! sentence of `SECURITY.md` has its tests.

use auth_tidy::checklist::{Check, Evidence, parse};
use auth_tidy::sentences::sentences;
use auth_tidy::{files, read, root};

fn checks() -> Vec<Check> {
    parse(&read("tests/checks.md")).unwrap_or_else(|line| panic!("tests/checks.md: `{line}`"))
}

fn defines(text: &str, function: &str) -> bool {
    [format!("fn {function}("), format!("def {function}(")]
        .iter()
        .any(|definition| text.contains(definition))
}

#[test]
fn each_check_is_listed_once_and_in_order() {
    let series = [("L", 25), ("I", 28), ("E", 17), ("P", 21), ("S", 126)];
    let lettered = series
        .into_iter()
        .flat_map(|(letter, last)| (1..=last).map(move |number| format!("{letter}{number:02}")));
    let expected: Vec<_> = (1..=60)
        .map(|number: u32| number.to_string())
        .chain(lettered)
        .collect();
    let found: Vec<_> = checks().into_iter().map(|check| check.number).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_check_has_tests_or_a_reason() {
    for Check {
        number, evidence, ..
    } in checks()
    {
        assert!(!evidence.is_empty(), "check {number} is empty");
    }
}

#[test]
fn each_test_of_a_check_exists() {
    let mut wrong = Vec::new();
    for Check {
        number, evidence, ..
    } in checks()
    {
        for item in evidence {
            let Evidence::Tests { file, functions } = item else {
                continue;
            };
            if !root().join(&file).is_file() {
                wrong.push(format!("{number}: no file {file}"));
                continue;
            }
            let text = read(&file);
            let is_test = ["#[test]", "#[tokio::test"]
                .iter()
                .any(|it| text.contains(it));
            if functions.is_empty() && file.ends_with(".rs") && !is_test {
                wrong.push(format!("{number}: no test in {file}"));
            }
            let missing = functions.iter().filter(|it| !defines(&text, it));
            wrong.extend(missing.map(|it| format!("{number}: no {it} in {file}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sections of `SECURITY.md`, and whether each of their sentences promises something.
const SECTIONS: [(&str, bool); 8] = [
    ("What is protected", true),
    ("Trust boundaries", true),
    ("Defended", true),
    ("Not defended", false),
    ("Keys", true),
    ("Passwords in memory", true),
    ("Limits, with the defaults of the policy", true),
    ("Dependencies", false),
];

/// A check of the series S begins like the sentence that it holds.
#[test]
fn each_sentence_of_security_md_has_a_check() {
    let page = read("SECURITY.md");
    let mut rows = checks()
        .into_iter()
        .filter(|check| check.number.starts_with('S'))
        .map(|check| check.text)
        .peekable();
    let mut without = Vec::new();
    for (section, promises) in SECTIONS {
        let found = sentences(&page, section);
        assert!(!found.is_empty(), "no section `{section}`");
        for sentence in found {
            let begins = |row: &String| sentence.starts_with(row.trim_end_matches('…').trim_end());
            if rows.next_if(begins).is_none() && promises {
                without.push(sentence);
            }
        }
    }
    let first = without.first();
    assert!(
        first.is_none(),
        "no check for `{first:?}`, which comes before {:?}",
        rows.peek()
    );
    assert_eq!(rows.next(), None, "no such sentence, or in another order");
}

/// A row names paths from the root, paths below a folder that it also names, and functions in them.
#[test]
fn what_the_invariants_name_exists() {
    let page = read("ARCHITECTURE.md");
    let section = page.split("## Invariants\n").nth(1);
    let section = section.and_then(|rest| rest.split("\n## ").next());
    let rows = section.expect("a section").lines();
    let rows = rows.filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let mut seen = 0;
    for row in rows {
        let names: Vec<_> = row.split('`').skip(1).step_by(2).collect();
        let folders = names.iter().filter(|name| root().join(name).is_dir());
        let folders: Vec<_> = folders.copied().collect();
        for path in names.iter().filter(|name| is_path(name)) {
            let bases = [""].into_iter().chain(folders.iter().copied());
            let exists = bases
                .into_iter()
                .any(|it| root().join(it).join(path).exists());
            assert!(exists, "no {path}: {row}");
        }
        for pair in row.split("` in `").collect::<Vec<_>>().windows(2) {
            let function = pair[0].rsplit('`').next().unwrap_or_default();
            let place = pair[1].split('`').next().unwrap_or_default();
            seen += 1;
            assert!(is_defined_in(function, place), "no {function} in {place}");
        }
    }
    assert!(seen >= 4, "only {seen} tests are named");
}

fn is_path(name: &str) -> bool {
    ["core/", "hosts/", "tests/", "wit/"]
        .iter()
        .any(|folder| name.starts_with(folder))
}

fn is_defined_in(function: &str, place: &str) -> bool {
    if root().join(place).is_dir() {
        files(place, ".rs")
            .iter()
            .any(|(_, text)| defines(text, function))
    } else {
        defines(&read(place), function)
    }
}
