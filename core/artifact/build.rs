//! Compiles the guest, encodes it as a component, and precompiles the component for the target of
//! this build.

use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wit_component::ComponentEncoder;

#[path = "src/engine.rs"]
mod engine;

const GUEST_TARGET: &str = "wasm32-unknown-unknown";
/// The sources of the guest, relative to this crate.
const SOURCES: [&str; 4] = ["../component", "../rules", "../../wit", "../../Cargo.toml"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    let out = PathBuf::from(required("OUT_DIR")?);
    require_guest_target()?;
    let module = fs::read(compile_guest()?)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    fs::write(out.join("countersign.wasm"), &component)?;
    fs::write(out.join("countersign.cwasm"), precompile(&component)?)?;
    println!(
        "cargo::rustc-env=COUNTERSIGN_COMPONENT_SHA256={}",
        hex(&Sha256::digest(&component))
    );
    Ok(())
}

fn required(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set `{name}`").into())
}

/// Fails with one sentence that says what to do when the target is not installed; rustc would print
/// a page.
fn require_guest_target() -> Result<()> {
    let rustc = required("RUSTC")?;
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", GUEST_TARGET])
        .output()?;
    let directory = String::from_utf8(output.stdout)?;
    if output.status.success() && Path::new(directory.trim()).is_dir() {
        return Ok(());
    }
    Err(
        format!("the target {GUEST_TARGET} is missing: run `rustup target add {GUEST_TARGET}`")
            .into(),
    )
}

/// Builds the guest and returns the path of its core module.
fn compile_guest() -> Result<PathBuf> {
    let target_dir = guest_target_dir();
    let cargo = required("CARGO")?;
    let status = Command::new(&cargo)
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
            GUEST_TARGET,
        ])
        .args(["--manifest-path", "../component/Cargo.toml", "--target-dir"])
        .arg(&target_dir)
        // Flags meant for the host, or a wrapper such as clippy's, must not reach the guest: every
        // build of the component must have the same bytes.
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(&cargo)?)
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .status()?;
    if !status.success() {
        return Err("the guest does not compile: see the messages above".into());
    }
    Ok(target_dir
        .join(GUEST_TARGET)
        .join("guest/auth_component.wasm"))
}

/// The guest's own target directory, because a build in the outer one would wait for its lock for
/// ever. It lies beside the outer profiles, so that they share one build of the guest.
fn guest_target_dir() -> PathBuf {
    let outer = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new("../..").join(outer).join("guest")
}

/// Compiler flags that keep the paths of this machine out of the guest, where a panic would name
/// its source file. The compiler sees each package at `/name-version` instead.
fn remapped_paths(cargo: &OsStr) -> Result<OsString> {
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1"])
        .args([
            "--filter-platform",
            GUEST_TARGET,
            "--manifest-path",
            "../component/Cargo.toml",
        ])
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

/// The part of the output of `cargo metadata` that this script reads.
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

fn precompile(component: &[u8]) -> Result<Vec<u8>> {
    let mut config = engine::config();
    // The target is named even when it is this machine. Otherwise the code would use every feature
    // of the builder's processor, and another machine would refuse to load it.
    config.target(
        required("TARGET")?
            .to_str()
            .ok_or("`TARGET` is not UTF-8")?,
    )?;
    Ok(Engine::new(&config)?.precompile_component(component)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
