//! The component of Countersign as bytes.
//!
//! The build script compiles the guest for `wasm32-unknown-unknown`, a target without clock, entropy
//! or system calls, encodes it as a component, validates it, and precompiles it for the target of this
//! build. All hosts load these bytes and no others.

mod engine;

pub use engine::config;

use wasmtime::Engine;
use wasmtime::component::Component;

macro_rules! core_module {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/countersign.", $name, ".wasm.gz"))
    };
}

/// The encoded component. JavaScript hosts transpile it; [`SHA256`] is its digest.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/countersign.wasm"));

/// The core modules of [`COMPONENT`] by their names, compressed by gzip: for pages, since a browser cannot
/// take a component apart.
pub const CORE_MODULES: &[(&str, &[u8])] = &[
    ("countersign.core.wasm", core_module!("core")),
    ("countersign.core2.wasm", core_module!("core2")),
    ("countersign.core3.wasm", core_module!("core3")),
];

/// [`COMPONENT`] as native code for the target of this build.
const PRECOMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/countersign.cwasm"));

/// The SHA-256 of [`COMPONENT`] in lower-case hexadecimal. All hosts of one release have the same.
pub const SHA256: &str = env!("COUNTERSIGN_COMPONENT_SHA256");

/// Loads the component into an engine made from [`config`].
///
/// # Errors
/// When the engine's configuration differs from the one that the build script compiled for.
pub fn load(engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` trusts that its input is native code that wasmtime has made.
    // `Engine::precompile_component` wrote these bytes in this crate's build script, and they are
    // part of this executable.
    #[allow(unsafe_code)]
    unsafe {
        Component::deserialize(engine, PRECOMPILED)
    }
}
