//! Compiles the guest, encodes it as a component, and precompiles the component for the target of
//! this build.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use auth_encoding::Component;
use wasmtime::Engine;

#[path = "src/engine.rs"]
mod engine;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    for source in auth_encoding::sources() {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    let out = PathBuf::from(required("OUT_DIR")?);
    let target_dir = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let target_dir = Path::new("../..").join(target_dir);
    let component = Component::build(&required("CARGO")?, &required("RUSTC")?, &target_dir)?;
    fs::write(out.join("countersign.wasm"), &component.bytes)?;
    fs::write(out.join("countersign.cwasm"), precompile(&component.bytes)?)?;
    for (name, compressed) in component.core_modules()? {
        fs::write(out.join(name).with_extension("wasm.gz"), compressed)?;
    }
    println!(
        "cargo::rustc-env=COUNTERSIGN_COMPONENT_SHA256={}",
        component.sha256()
    );
    Ok(())
}

fn required(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set `{name}`").into())
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
