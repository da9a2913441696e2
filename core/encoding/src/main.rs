//! Writes the component as a file, with its SHA-256 beside it, and prints what takes its bytes.

use std::path::{Path, PathBuf};
use std::{env, fs};

use auth_encoding::{Component, Result, report};

fn main() -> Result<()> {
    let target_dir = target_dir();
    let folder = target_dir.join("component");
    let variable = |name, default: &str| env::var_os(name).unwrap_or_else(|| default.into());
    let cargo = variable("CARGO", "cargo");
    let rustc = variable("RUSTC", "rustc");
    let component = Component::build(&cargo, &rustc, &target_dir)?;
    fs::create_dir_all(&folder)?;
    let file = folder.join("countersign.wasm");
    fs::write(&file, &component.bytes)?;
    let digest = component.sha256();
    // The form that `sha256sum --check` reads.
    fs::write(
        folder.join("countersign.wasm.sha256"),
        format!("{digest}  countersign.wasm\n"),
    )?;
    write(&format!("{}", file.display()));
    write(&format!("SHA-256 {digest}"));
    write(&report::sizes(&component)?);
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is what the command is for")]
fn write(line: &str) {
    println!("{line}");
}

fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    )
}
