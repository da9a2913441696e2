//! Compiles the guest for `wasm32-unknown-unknown`, a target without clock, entropy or system calls,
//! and encodes it as the component.
//!
//! The build script of `core/artifact` does this for the native hosts, and the binary `component` for
//! JavaScript hosts, which need no native compiler of WebAssembly. Both get the same bytes.

mod component;
mod error;
mod guest;
pub mod report;
mod sections;
mod size;

use std::path::{Path, PathBuf};

pub use component::Component;
pub use error::Result;

/// The files and folders, as absolute paths, that the component is made from.
#[must_use]
pub fn sources() -> Vec<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["../component", "../rules", "../../wit", "../../Cargo.toml"]
        .iter()
        .map(|source| manifest.join(source))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_exists() {
        for source in sources() {
            assert!(source.exists(), "{}", source.display());
        }
    }
}
