//! Sets the size of the guest's stack.

use std::env;

/// The size of the guest's stack. The deepest nesting that was found, a policy as deep as its
/// parser allows, takes less than a quarter of it. A larger stack would waste memory in each
/// instance.
const STACK_BYTES: u32 = 128 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        println!("cargo::rustc-link-arg=-zstack-size={STACK_BYTES}");
        // The stack starts at address 0, so that an overflow traps instead of overwriting other
        // data.
        println!("cargo::rustc-link-arg=--stack-first");
    }
}
