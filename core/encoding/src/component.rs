//! The component, made from the sources of the guest.

use std::ffi::OsStr;
use std::path::Path;

use sha2::{Digest, Sha256};
use wit_component::ComponentEncoder;

use crate::error::Result;
use crate::{guest, sections, size};

/// The guest, compiled and encoded.
pub struct Component {
    /// The component as all hosts load it.
    pub bytes: Vec<u8>,
    /// The guest's core module with the names of its functions, which the component lacks.
    pub named_module: Vec<u8>,
}

impl Component {
    /// Compiles the guest with `cargo` and `rustc`, into the folder `guest` of `target_dir`, and
    /// encodes it.
    ///
    /// # Errors
    /// When the target is not installed, the guest does not compile or is not valid, or the
    /// component is larger than an edge host takes.
    pub fn build(cargo: &OsStr, rustc: &OsStr, target_dir: &Path) -> Result<Self> {
        let named_module = guest::compile(cargo, rustc, target_dir)?;
        let encoded = ComponentEncoder::default()
            .validate(true)
            .module(&sections::without_names(&named_module)?)?
            .encode()?;
        let bytes = sections::without_names(&encoded)?;
        size::check_size(bytes.len(), size::gzipped(&bytes)?)?;
        Ok(Self {
            bytes,
            named_module,
        })
    }

    /// The SHA-256 of the component in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The core modules by the names that JavaScript hosts ask for, compressed by gzip.
    ///
    /// # Errors
    /// When the component cannot be read.
    pub fn core_modules(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let modules = sections::core_modules(&self.bytes)?.into_iter().enumerate();
        let named = modules.map(|(index, module)| {
            // As jco names them: the first has no number.
            let number = match index {
                0 => String::new(),
                index => (index + 1).to_string(),
            };
            let name = format!("countersign.core{number}.wasm");
            Ok((name, size::gzip(module)?))
        });
        named.collect()
    }
}
