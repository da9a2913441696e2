//! No package of the lock file has a known fault, as far as the committed advisories of RustSec go.

use std::process::Command;

use semver::{Version, VersionReq};
use serde_json::Value;
use toml::de::DeTable;

/// One line of `advisories.tsv`.
struct Advisory {
    package: String,
    id: String,
    kind: String,
    unaffected: Vec<VersionReq>,
}

impl Advisory {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default().to_owned();
        let (package, id, kind) = (field(), field(), field());
        // A version is free of the fault from a patch on, or because it is too old to have it.
        let ranges = [field(), field()].join("; ");
        let ranges = ranges.split("; ").filter(|range| !range.is_empty());
        let unaffected = ranges.map(VersionReq::parse).collect::<Result<_, _>>();
        Some(Self {
            package,
            id,
            kind,
            unaffected: unaffected.ok()?,
        })
    }

    fn concerns(&self, package: &str, version: &Version) -> bool {
        self.package == package && !self.unaffected.iter().any(|range| range.matches(version))
    }
}

fn advisories() -> Vec<Advisory> {
    let text = auth_tidy::read("tests/tidy/advisories.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| Advisory::parse(line).unwrap_or_else(|| panic!("`{line}`")))
        .collect()
}

/// The ids that `deny.toml` takes upon itself, which `cargo deny` reads as well.
fn ignored() -> Vec<String> {
    let text = auth_tidy::read("deny.toml");
    let table = DeTable::parse(&text).expect("TOML").into_inner();
    let list = table["advisories"].get_ref()["ignore"].get_ref();
    let list = list.as_array().expect("a list").iter();
    list.map(|entry| {
        entry.get_ref()["id"]
            .get_ref()
            .as_str()
            .expect("an id")
            .to_owned()
    })
    .collect()
}

fn packages() -> Vec<(String, Version)> {
    let printed = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(auth_tidy::root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&printed.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let text = |package: &Value, name: &str| package[name].as_str().expect("text").to_owned();
    packages
        .iter()
        .map(|package| {
            let version = text(package, "version").parse().expect("a version");
            (text(package, "name"), version)
        })
        .collect()
}

#[test]
fn no_package_has_a_known_fault() {
    let (advisories, ignored) = (advisories(), ignored());
    assert!(advisories.len() > 1_000, "only {}", advisories.len());
    let mut found = Vec::new();
    for (name, version) in packages() {
        let of_package = advisories
            .iter()
            .filter(|one| one.concerns(&name, &version));
        found.extend(
            of_package.map(|one| (one, format!("{name} {version}: {} {}", one.kind, one.id))),
        );
    }
    let new: Vec<_> = found
        .iter()
        .filter(|(advisory, _)| !ignored.contains(&advisory.id))
        .map(|(_, sentence)| sentence)
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    for id in ignored {
        let applies = found.iter().any(|(advisory, _)| advisory.id == id);
        assert!(
            applies,
            "{id} concerns no package any more: drop it from deny.toml"
        );
    }
}

#[test]
fn an_advisory_is_found_by_name_and_version() {
    let line = "left\tRUSTSEC-2026-0001\tvulnerability\t>= 1.2.3; ^1.1.9\t< 1.0.0";
    let advisory = Advisory::parse(line).expect("an advisory");
    for (name, version, concerned) in [
        ("left", "1.0.0", true),
        ("left", "1.2.2", false),
        ("left", "1.1.8", true),
        ("left", "1.1.9", false),
        ("left", "0.9.0", false),
        ("left", "2.0.0", false),
        ("right", "1.0.0", false),
    ] {
        let version = version.parse().expect("a version");
        assert_eq!(
            advisory.concerns(name, &version),
            concerned,
            "{name} {version}"
        );
    }
    let unpatched = Advisory::parse("left\tRUSTSEC-2026-0002\tunmaintained").expect("an advisory");
    assert!(unpatched.concerns("left", &Version::new(9, 0, 0)));
    assert!(Advisory::parse("left\tid\tvulnerability\tnot a range").is_none());
}
