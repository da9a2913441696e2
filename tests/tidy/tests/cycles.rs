//! No two files of a crate use each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use auth_tidy::files;
use auth_tidy::modules::{cycles, uses};

/// The cycles of all crates, of products and of tests.
fn all_cycles() -> BTreeSet<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let folders = ["core", "examples", "hosts", "tests"];
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
    let found = all_cycles();
    assert!(found.is_empty(), "files that use each other: {found:#?}");
}
