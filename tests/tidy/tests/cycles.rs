//! No two files of a crate use each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use auth_tidy::files;
use auth_tidy::modules::{cycles, uses};

/// Cycles that are still to be broken, each by its files.
const EXCEPTIONS: [&[&str]; 3] = [
    &[
        "core/rules/src/policy_file.rs",
        "core/rules/src/policy_file/compilation.rs",
        "core/rules/src/policy_file/definition.rs",
        "core/rules/src/policy_file/faults.rs",
        "core/rules/src/policy_file/inheritance.rs",
        "core/rules/src/policy_file/sections.rs",
        "core/rules/src/policy_file/toml_reader.rs",
    ],
    &[
        "hosts/cli/src/args.rs",
        "hosts/cli/src/database.rs",
        "hosts/cli/src/settings.rs",
    ],
    &[
        "hosts/documentdb/src/settings.rs",
        "hosts/documentdb/src/uri.rs",
    ],
];

/// The cycles of all crates, of products and of tests.
fn all_cycles() -> BTreeSet<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let folders = ["core", "hosts", "tests"];
    let sources: BTreeMap<_, _> = folders
        .into_iter()
        .flat_map(|it| files(it, ".rs"))
        .collect();
    let roots = sources
        .keys()
        .filter(|it| it.ends_with("/lib.rs") || it.ends_with("/main.rs"));
    for root in roots {
        found.extend(cycles(&uses(root, &sources)));
    }
    found
}

#[test]
fn files_of_a_crate_form_no_cycle() {
    let excepted = EXCEPTIONS
        .iter()
        .map(|group| group.iter().map(|it| (*it).to_owned()).collect());
    let excepted: BTreeSet<BTreeSet<String>> = excepted.collect();
    let found = all_cycles();
    let new: Vec<_> = found.difference(&excepted).collect();
    assert!(new.is_empty(), "files that use each other: {new:#?}");
    let stale: Vec<_> = excepted.difference(&found).collect();
    assert!(stale.is_empty(), "exceptions without a cycle: {stale:#?}");
}
