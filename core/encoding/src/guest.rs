//! Compiles the guest with cargo.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde::Deserialize;

use crate::error::Result;

const TARGET: &str = "wasm32-unknown-unknown";
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../component/Cargo.toml");

/// Builds the guest and returns its core module.
///
/// It has a target directory of its own, because a build in the outer one would wait for its lock for
/// ever. That lies beside the outer profiles, so that they share one build of the guest.
pub(crate) fn compile(cargo: &OsStr, rustc: &OsStr, target_dir: &Path) -> Result<Vec<u8>> {
    require_target(rustc)?;
    let target_dir = target_dir.join("guest");
    let mut command = Command::new(cargo);
    for (name, _) in env::vars_os() {
        // Each of these changes a setting of the profile.
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            command.env_remove(name);
        }
    }
    let status = command
        .args([
            "rustc",
            "--locked",
            // The crate type is named here and not in the manifest: a build for the host has
            // nothing to link.
            "--crate-type",
            "cdylib",
            "--profile",
            "guest",
            "--target",
            TARGET,
        ])
        .args(["--manifest-path", MANIFEST, "--target-dir"])
        .arg(&target_dir)
        // Flags meant for the host, or a wrapper such as clippy's, must not reach the guest: every
        // build of the component must have the same bytes.
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(cargo)?)
        // An incremental build divides the code in another way.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .status()?;
    if !status.success() {
        return Err("the guest does not compile: see the messages above".into());
    }
    let module = target_dir.join(TARGET).join("guest/auth_component.wasm");
    Ok(fs::read(module)?)
}

/// Fails with one sentence that says what to do when the target is not installed; rustc would print
/// a page.
fn require_target(rustc: &OsStr) -> Result<()> {
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    let directory = String::from_utf8(output.stdout)?;
    if output.status.success() && Path::new(directory.trim()).is_dir() {
        return Ok(());
    }
    Err(format!("the target {TARGET} is missing: run `rustup target add {TARGET}`").into())
}

/// Compiler flags that keep the paths of this machine out of the guest, where a panic would name
/// its source file. The compiler sees each package at `/name-version` instead.
fn remapped_paths(cargo: &OsStr) -> Result<OsString> {
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", TARGET, "--manifest-path", MANIFEST])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let flags = metadata.packages.iter().filter_map(|package| {
        let directory = package.manifest_path.parent()?.display();
        Some(format!(
            "--remap-path-prefix={directory}=/{}-{}",
            package.name, package.version
        ))
    });
    // Cargo separates encoded flags with this character.
    Ok(flags.collect::<Vec<_>>().join("\u{1f}").into())
}

/// The part of the output of `cargo metadata` that is read here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}
