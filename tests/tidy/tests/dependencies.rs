//! Which package may depend on which, and that no dependency is declared without use.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// What `cargo tree` prints: a line for each package that is a dependency by one of these edges.
fn tree(of: &[&str], edges: &str, format: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", edges, "--prefix", "none"])
        .args(["--format", format])
        .args(of)
        .current_dir(auth_tidy::root())
        .output()
        .expect("cargo runs");
    let lines = String::from_utf8(output.stdout).expect("names");
    let lines = lines.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.map(str::to_owned).collect()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(auth_tidy::root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    serde_json::from_value(metadata["packages"].take()).expect("packages are listed")
}

/// The names of the dependencies of `package`, without those of its tests and build script.
fn dependencies(package: &Value) -> Vec<&str> {
    let all = package["dependencies"].as_array().expect("a list");
    let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
    normal
        .map(|dependency| dependency["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn rules_depend_on_no_io_async_or_wit() {
    const ALLOWED: [&str; 11] = [
        "base64",
        "serde",
        "serde_json",
        "sha2",
        "strsim",
        "subtle",
        "thiserror",
        "toml",
        "toml_parser",
        "unicode-normalization",
        "uuid",
    ];
    let packages = packages();
    let rules = packages
        .iter()
        .find(|package| package["name"] == "auth-rules")
        .expect("rules");
    for name in dependencies(rules) {
        assert!(ALLOWED.contains(&name), "core/rules depends on {name}");
    }
}

#[test]
fn dependencies_point_one_way() {
    // For each package, all packages of the project that it may depend on.
    let allowed: &[(&str, &[&str])] = &[
        ("auth-rules", &[]),
        ("auth-component", &["auth-rules"]),
        ("auth-encoding", &[]),
        ("auth-artifact", &[]),
        ("auth-runtime", &["auth-artifact"]),
        ("auth-crypto", &["auth-runtime"]),
        ("auth-documentdb", &["auth-runtime"]),
        ("auth-embedded", &["auth-runtime"]),
        ("auth-aws", &["auth-runtime"]),
        ("auth-rest", &["auth-runtime"]),
        ("auth-key-sets", &["auth-crypto", "auth-runtime"]),
        (
            "auth-gate",
            &[
                "auth-crypto",
                "auth-key-sets",
                "auth-rest",
                "auth-rules",
                "auth-runtime",
            ],
        ),
        (
            "auth-authorizer",
            &[
                "auth-artifact",
                "auth-composition",
                "auth-gate",
                "auth-key-sets",
                "auth-runtime",
            ],
        ),
        ("auth-gateway", &["auth-gate", "auth-rest", "auth-runtime"]),
        ("auth-lints", &["auth-rules", "auth-runtime"]),
        ("auth-listener", &["auth-rest"]),
        ("auth-memory", &["auth-crypto", "auth-runtime"]),
        (
            "auth-composition",
            &[
                "auth-artifact",
                "auth-crypto",
                "auth-gate",
                "auth-key-sets",
                "auth-rest",
                "auth-rules",
                "auth-runtime",
            ],
        ),
        (
            "auth-harness",
            &[
                "auth-artifact",
                "auth-composition",
                "auth-crypto",
                "auth-memory",
                "auth-runtime",
            ],
        ),
        (
            "auth-lambda",
            &[
                "auth-artifact",
                "auth-aws",
                "auth-composition",
                "auth-crypto",
                "auth-documentdb",
                "auth-rest",
                "auth-runtime",
            ],
        ),
        (
            "auth-cli",
            &[
                "auth-artifact",
                "auth-composition",
                "auth-crypto",
                "auth-documentdb",
                "auth-embedded",
                "auth-gateway",
                "auth-lints",
                "auth-listener",
                "auth-harness",
                "auth-key-sets",
                "auth-rest",
                "auth-runtime",
            ],
        ),
    ];
    let packages = packages();
    for (name, allowed) in allowed {
        let package = packages
            .iter()
            .find(|package| package["name"] == *name)
            .expect(name);
        for dependency in dependencies(package) {
            let ours = dependency.starts_with("auth-");
            assert!(
                !ours || allowed.contains(&dependency),
                "{name} depends on {dependency}"
            );
        }
    }
}

#[test]
fn each_workspace_dependency_is_used() {
    let manifest = auth_tidy::read("Cargo.toml");
    let table = manifest.split("[workspace.dependencies]\n").nth(1);
    let table = table
        .and_then(|rest| rest.split("\n[").next())
        .expect("a table");
    let declared = table.lines().filter(|line| !line.starts_with('#'));
    let declared: BTreeSet<_> = declared
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .collect();
    assert!(declared.len() > 50, "only {} were found", declared.len());
    let packages = packages();
    let used: BTreeSet<_> = packages
        .iter()
        .flat_map(|package| package["dependencies"].as_array().expect("a list"))
        .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
        .collect();
    let unused: Vec<_> = declared.difference(&used).collect();
    assert!(unused.is_empty(), "no package uses {unused:?}");
}

#[test]
fn the_component_alone_uses_wit_bindgen() {
    let users: Vec<_> = packages()
        .iter()
        .filter(|package| dependencies(package).contains(&"wit-bindgen"))
        .map(|package| package["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(users, ["auth-component"]);
}

/// The component is precompiled, and a compiler would make each cold start slower.
#[test]
fn the_functions_hold_no_compiler() {
    refuse_compilers("auth-lambda");
    refuse_compilers("auth-authorizer");
}

fn refuse_compilers(package: &str) {
    let tree = tree(
        &["--package", package, "--target", "all"],
        "normal",
        "{lib}",
    );
    assert!(tree.iter().any(|name| name == "wasmtime"), "{tree:?}");
    for compiler in [
        "cranelift_codegen",
        "wasmtime_internal_cranelift",
        "wasmtime_internal_winch",
    ] {
        assert!(!tree.iter().any(|name| name == compiler), "{compiler}");
    }
}

/// The build script of the component and the command line both compile with it. Where one of its
/// dependencies has other features for each of them, cargo compiles it twice, which takes a minute.
#[test]
fn the_compiler_is_compiled_once() {
    let compiler = tree(
        &["--package", "wasmtime-internal-cranelift"],
        "normal",
        "{p}",
    );
    let compiler: BTreeSet<_> = compiler.iter().collect();
    assert!(compiler.len() > 30, "{compiler:?}");
    // With a target named, cargo tells what it compiles for the build from what it compiles for the target.
    let every = ["--workspace", "--target", "x86_64-unknown-linux-gnu"];
    let chosen = tree(&every, "normal,build,dev", "{p} with {f}");
    let chosen: BTreeSet<_> = chosen.into_iter().collect();
    let mut seen = BTreeSet::new();
    let twice = chosen.iter().filter_map(|line| line.split_once(" with "));
    let twice = twice.filter(|(package, _)| !seen.insert(package.to_owned()));
    let twice: Vec<_> = twice
        .filter(|(package, _)| compiler.iter().any(|name| name == package))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}
