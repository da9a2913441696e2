//! The component of Countersign as bytes.
//!
//! The build script compiles the guest for `wasm32-unknown-unknown`, a target without clock, entropy
//! or system calls, encodes it as a component, validates it, and precompiles it for the target of this
//! build. All hosts load these bytes and no others.

mod engine;

pub use engine::config;

use wasmtime::Engine;
use wasmtime::component::Component;

/// The component, encoded: what JavaScript hosts transpile and what [`SHA256`] is the digest of.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/countersign.wasm"));

/// [`COMPONENT`] as native code for the target of this build.
const PRECOMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/countersign.cwasm"));

/// SHA-256 of [`COMPONENT`], in lower-case hexadecimal. Equal on all hosts of one release.
pub const SHA256: &str = env!("COUNTERSIGN_COMPONENT_SHA256");

/// Loads the component into an engine made from [`config`].
///
/// # Errors
/// When the engine differs from the one that the build script compiled for.
pub fn load(engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` trusts its input to be native code of wasmtime's own making. These bytes
    // were written by `Engine::precompile_component` in this crate's build script and are part of
    // this executable.
    #[allow(unsafe_code)]
    unsafe {
        Component::deserialize(engine, PRECOMPILED)
    }
}
