//! The one engine configuration, shared by the build script that precompiles and the host that loads.
//!
//! Whatever changes the code that is generated must be set here and nowhere else: a difference is
//! found only when a host tries to load the component.

use wasmtime::Config;

/// The configuration that the component is compiled under.
///
/// Hosts may add what concerns allocation alone, such as the pooling allocator.
#[must_use]
pub fn config() -> Config {
    let mut config = Config::new();
    // A flow has a wall-clock deadline; epochs cost less than fuel and need not be deterministic.
    config.epoch_interruption(true);
    config
}
