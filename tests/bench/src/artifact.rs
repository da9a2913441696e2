//! The size of the component, and its imports.

use anyhow::{Result, ensure};
use wasmtime::Engine;

use crate::report::report;

const MAX_BYTES: usize = 512 * 1024;

pub fn run() -> Result<()> {
    let bytes = auth_artifact::COMPONENT.len();
    report(
        "size, bytes",
        &bytes.to_string(),
        &format!("at most {MAX_BYTES}"),
    );
    let engine = Engine::new(&auth_artifact::config())?;
    let component = auth_artifact::load(&engine)?;
    for (name, _) in component.component_type().imports(&engine) {
        report("import", name, "no wasi:*");
        ensure!(!name.starts_with("wasi:"), "the component imports {name}");
    }
    ensure!(bytes <= MAX_BYTES, "the component is too large");
    Ok(())
}
