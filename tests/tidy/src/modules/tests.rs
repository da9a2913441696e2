use std::collections::{BTreeMap, BTreeSet};

use super::{cycles, uses};

/// A crate of files, each `name: text` on a line of its own, without folder and `.rs`.
fn files(crate_text: &str) -> BTreeMap<String, String> {
    let lines = crate_text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let files = lines.map(|line| line.split_once(": ").expect("a file has a name and a text"));
    files
        .map(|(name, text)| (format!("x/src/{name}.rs"), text.to_owned()))
        .collect()
}

fn short(file: &str) -> &str {
    file.trim_start_matches("x/src/").trim_end_matches(".rs")
}

#[test]
fn a_path_leads_to_the_file_that_defines_it() {
    let cases = [
        (
            "lib: mod a; mod b;\n a: use crate::b::B;\n b: pub struct B;",
            "a > b",
        ),
        (
            "lib: mod a; mod b;\n a: fn f() { super::b::f() }\n b: fn f() {}",
            "a > b",
        ),
        (
            "lib: mod a; mod b;\n a: use std::fmt; fn f() { fmt::b() }\n b: fn f() {}",
            "",
        ),
        // A name that is passed on leads past the one who passes it on.
        (
            "lib: mod a; mod b; pub use b::B;\n a: use crate::B;\n b: pub struct B;",
            "a > b",
        ),
        (
            "lib: mod a; mod b; pub use b::*;\n a: use crate::B;\n b: pub struct B;",
            "a > b",
        ),
        (
            "lib: mod a; mod b; use b::B as C;\n a: use super::C;\n b: pub struct B;",
            "a > b, lib > b",
        ),
        (
            "lib: mod a; mod b;\n a: use crate::b; fn f() { b::c::f() }\n b: pub mod c;\n b/c: fn f() {}",
            "a > b, a > b/c",
        ),
        ("lib: mod a; struct S;\n a: use super::S;", "a > lib"),
        ("lib: mod a; fn f() { a::f() }\n a: fn f() {}", "lib > a"),
        (
            "lib: mod a;\n a: mod b; mod c;\n a/b: use super::c::f;\n a/c: fn f() {}",
            "a/b > a/c",
        ),
        (
            "lib: mod a;\n a: mod b; struct S;\n a/b: use super::super::a::S;",
            "a/b > a",
        ),
        // Tests may use what they like.
        (
            "lib: mod a; mod b;\n a: #[cfg(test)] mod tests;\n b: #[cfg(test)] fn f() { crate::a::f() }",
            "",
        ),
    ];
    for (text, expected) in cases {
        let uses = uses("x/src/lib.rs", &files(text));
        let pairs = uses.iter().flat_map(|(file, used)| {
            used.iter()
                .map(move |it| format!("{} > {}", short(file), short(it)))
        });
        assert_eq!(pairs.collect::<Vec<_>>().join(", "), expected, "{text}");
    }
}

#[test]
fn finds_each_group_of_files_in_a_cycle() {
    let cases = [
        ("a > b", ""),
        ("a > b, b > a, c > a", "a b"),
        ("a > b, b > c, c > a", "a b c"),
        ("a > b, b > a, b > c, c > d, d > c", "a b, c d"),
    ];
    for (text, expected) in cases {
        let mut uses: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for pair in text.split(", ") {
            let (file, used) = pair.split_once(" > ").expect("a pair");
            uses.entry(used.to_owned()).or_default();
            uses.entry(file.to_owned())
                .or_default()
                .insert(used.to_owned());
        }
        let groups = cycles(&uses).into_iter();
        let groups = groups.map(|group| group.into_iter().collect::<Vec<_>>().join(" "));
        assert_eq!(groups.collect::<Vec<_>>().join(", "), expected, "{text}");
    }
}
