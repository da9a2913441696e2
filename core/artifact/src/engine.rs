//! The engine configuration, shared by the build script that precompiles the component and the host
//! that loads it.
//!
//! Every setting that affects generated code must be made here: a difference between build and host
//! shows only when a host tries to load the component.

use wasmtime::Config;

/// The configuration that the component is compiled with.
///
/// Hosts may add settings that affect only allocation, such as the pooling allocator.
#[must_use]
pub fn config() -> Config {
    let mut config = Config::new();
    // A flow has a wall-clock deadline. Epochs cost less than fuel, and they need not be
    // deterministic.
    config.epoch_interruption(true);
    config
}
