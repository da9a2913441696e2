//! Who may depend on whom.

use std::process::Command;

use serde_json::Value;

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

/// The names of what `package` depends on outside its own tests and build script.
fn dependencies(package: &Value) -> Vec<&str> {
    let all = package["dependencies"].as_array().expect("a list");
    let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
    normal
        .map(|dependency| dependency["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn rules_depend_on_no_io_async_or_wit() {
    const ALLOWED: [&str; 10] = [
        "base64",
        "serde",
        "serde_json",
        "sha2",
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
    // Each may use what stands before it in its list and nothing else of the project.
    let allowed: [(&str, &[&str]); 12] = [
        ("auth-rules", &[]),
        ("auth-component", &["auth-rules"]),
        ("auth-artifact", &[]),
        ("auth-runtime", &["auth-artifact"]),
        ("auth-crypto", &["auth-runtime"]),
        ("auth-documentdb", &["auth-runtime"]),
        ("auth-embedded", &["auth-runtime"]),
        ("auth-aws", &["auth-runtime"]),
        ("auth-rest", &["auth-runtime"]),
        (
            "auth-assembly",
            &["auth-artifact", "auth-crypto", "auth-rest", "auth-runtime"],
        ),
        (
            "auth-lambda",
            &[
                "auth-artifact",
                "auth-assembly",
                "auth-aws",
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
                "auth-assembly",
                "auth-crypto",
                "auth-documentdb",
                "auth-embedded",
                "auth-rest",
                "auth-runtime",
            ],
        ),
    ];
    let packages = packages();
    for (name, allowed) in allowed {
        let package = packages
            .iter()
            .find(|package| package["name"] == name)
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
fn the_component_alone_uses_wit_bindgen() {
    let users: Vec<_> = packages()
        .iter()
        .filter(|package| dependencies(package).contains(&"wit-bindgen"))
        .map(|package| package["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(users, ["auth-component"]);
}

/// A compiler would cost each cold start, and nobody would use it: the component is precompiled.
#[test]
fn the_function_holds_no_compiler() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--package",
            "auth-lambda",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}", "--target", "all"])
        .current_dir(auth_tidy::root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8(output.stdout).expect("names");
    assert!(tree.contains("wasmtime v"), "{tree}");
    for compiler in [
        "cranelift-codegen",
        "wasmtime-internal-cranelift",
        "wasmtime-internal-winch",
    ] {
        assert!(!tree.contains(&format!("{compiler} ")), "{compiler}");
    }
}
