//! Checks that the store uses no operator or feature that Amazon DocumentDB lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("operators.txt");

/// Signs in the source of features, apart from operators, that DocumentDB 5.0 or 8.0 lacks:
/// pipelines as updates, comparison by the rules of a language, variables, and transactions.
const FOREIGN: [&str; 4] = ["[doc!", "collation", "$$", "start_transaction"];

/// Each operator, and whether versions 5.0 and 8.0 both have it.
fn table() -> BTreeMap<&'static str, bool> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| match row.split(' ').collect::<Vec<_>>()[..] {
        [operator, five, eight] => (operator, five == "yes" && eight == "yes"),
        _ => panic!("a row of three words: {row}"),
    })
    .collect()
}

/// The source files of the store, without their tests.
fn sources() -> Vec<(String, String)> {
    let all = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let sources = all.into_iter().filter(|path| !path.ends_with("tests.rs"));
    sources
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            // A declaration of a test module in another file does not end the source of this one.
            let tests = "#[cfg(test)]\nmod tests {";
            let text = text.split(tests).next().unwrap().to_owned();
            (path.display().to_string(), text)
        })
        .collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
        .collect()
}

/// The strings in a source that begin like an operator.
fn operators(text: &str) -> BTreeSet<&str> {
    let texts = text.split("\"$").skip(1);
    texts
        .map(|rest| &rest[..rest.find('"').unwrap_or(rest.len())])
        .collect()
}

#[test]
fn every_operator_is_in_both_versions() {
    let table = table();
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        for operator in operators(&text) {
            let known = table.get(format!("${operator}").as_str());
            assert_eq!(known, Some(&true), "{path} uses ${operator}");
            seen.insert(operator.to_owned());
        }
    }
    assert!(
        seen.contains("in") && seen.contains("gt"),
        "only {seen:?} was found"
    );
}

#[test]
fn nothing_else_is_used_that_is_missing() {
    for (path, text) in sources() {
        for foreign in FOREIGN {
            assert!(!text.contains(foreign), "{path} uses {foreign}");
        }
    }
}

#[test]
fn the_table_tells_what_is_missing() {
    let table = table();
    for operator in ["$where", "$facet", "$merge", "$function"] {
        assert_eq!(table.get(operator), Some(&false), "{operator}");
    }
    assert_eq!(
        operators(r#"doc! { "$facet": 1, "a": { "$gt": 2 } }"#).len(),
        2
    );
}
