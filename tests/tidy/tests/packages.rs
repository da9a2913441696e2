//! What comes from others: its licence, its source, and whether it is used at all.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};
use toml::de::{DeTable, DeValue};

/// What `cargo` prints for these arguments.
fn cargo(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(auth_tidy::root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    output.stdout
}

/// The packages of the lock file, with all features and for all systems.
fn packages() -> Vec<Value> {
    let printed = cargo(&["metadata", "--format-version=1", "--locked"]);
    let mut metadata: Value = serde_json::from_slice(&printed).expect("metadata is JSON");
    serde_json::from_value(metadata["packages"].take()).expect("packages are listed")
}

fn text<'a>(package: &'a Value, member: &str) -> &'a str {
    package[member].as_str().unwrap_or_default()
}

/// A list in `deny.toml`, which `cargo deny` reads as well: strings, or tables with a `name`.
fn deny(section: &str, key: &str) -> Vec<String> {
    let text = auth_tidy::read("deny.toml");
    let table = DeTable::parse(&text).expect("TOML").into_inner();
    let entries = table[section].get_ref()[key].get_ref();
    let entries = entries.as_array().expect("a list");
    let name = |entry: &DeValue<'_>| {
        let entry = entry.get("name").map_or(entry, |name| name.get_ref());
        entry.as_str().map(str::to_owned)
    };
    entries
        .iter()
        .map(|entry| name(entry.get_ref()).expect("a name"))
        .collect()
}

#[test]
fn every_package_has_a_licence_that_we_take() {
    let allowed = deny("licenses", "allow");
    let allowed: Vec<_> = allowed
        .iter()
        .map(|text| Expression::parse(text).expect("a licence"))
        .collect();
    for package in packages() {
        let stated = text(&package, "license");
        let licence = Expression::parse_mode(stated, ParseMode::LAX);
        let is_taken = licence.is_ok_and(|licence| {
            licence.evaluate(|wanted| {
                allowed
                    .iter()
                    .flat_map(Expression::requirements)
                    .any(|taken| taken.req == *wanted)
            })
        });
        assert!(is_taken, "{} is under `{stated}`", text(&package, "id"));
    }
}

#[test]
fn every_package_comes_from_crates_io() {
    for package in packages() {
        let source = package["source"].as_str();
        assert!(
            source.is_none_or(|source| source.ends_with("github.com/rust-lang/crates.io-index")),
            "{} comes from {source:?}",
            text(&package, "name")
        );
    }
}

#[test]
fn no_banned_package_is_compiled() {
    // Unlike `cargo metadata`, the tree leaves out what no chosen feature asks for.
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--locked",
        "--target=all",
        "--edges=all",
        "--prefix=none",
        "--format={p}",
    ]);
    let tree = String::from_utf8(tree).expect("UTF-8");
    let compiled: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(compiled.contains("rustls"), "the tree was not read");
    for name in deny("bans", "deny") {
        assert!(!compiled.contains(name.as_str()), "{name} is banned");
    }
}

/// The sources of a member of the workspace, as one text.
fn sources(package: &Value) -> String {
    let manifest = text(package, "manifest_path");
    let directory = manifest.strip_suffix("/Cargo.toml").expect("a manifest");
    let root = auth_tidy::root().canonicalize().expect("a root");
    let directory = directory
        .strip_prefix(root.to_str().expect("UTF-8"))
        .expect("a folder of the project");
    let files = auth_tidy::files(directory.trim_start_matches('/'), ".rs");
    files.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_dependency_is_used() {
    // Used by its features alone.
    const FOR_FEATURES: [(&str, &str); 11] = [
        ("auth-artifact", "cranelift-codegen"),
        ("auth-artifact", "crc32fast"),
        ("auth-artifact", "fnv"),
        ("auth-artifact", "hashbrown"),
        ("auth-artifact", "log"),
        ("auth-artifact", "pulley-interpreter"),
        ("auth-artifact", "serde"),
        ("auth-artifact", "serde_core"),
        ("auth-artifact", "smallvec"),
        ("auth-lambda", "auth-artifact"),
        ("auth-authorizer", "auth-artifact"),
    ];
    let members = packages()
        .into_iter()
        .filter(|package| package["source"].is_null());
    let mut unused = BTreeSet::new();
    for package in members {
        let sources = sources(&package);
        for dependency in package["dependencies"].as_array().expect("a list") {
            let name = dependency["rename"]
                .as_str()
                .unwrap_or(text(dependency, "name"));
            let is_used = sources.contains(&name.replace('-', "_"));
            if !is_used && !FOR_FEATURES.contains(&(text(&package, "name"), name)) {
                unused.insert(format!("{} does not use {name}", text(&package, "name")));
            }
        }
    }
    assert_eq!(unused, BTreeSet::new());
}
