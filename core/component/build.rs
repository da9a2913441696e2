//! Sizes the stack of the guest.

use std::env;

/// Nothing that was found to nest, a policy as deep as its parser goes, takes a quarter of it. What is
/// larger is memory that each instance has for nothing.
const STACK_BYTES: u32 = 128 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        println!("cargo::rustc-link-arg=-zstack-size={STACK_BYTES}");
        // It starts at address 0, so that an overflow has nothing to overwrite: it traps.
        println!("cargo::rustc-link-arg=--stack-first");
    }
}
