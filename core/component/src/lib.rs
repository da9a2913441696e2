//! The guest: what becomes the component.
//!
//! Each flow reads top to bottom as *fetch, decide, commit*: it reads through imports, lets one rule
//! of `auth-rules` decide with everything as arguments, and writes through imports. A write that
//! loses against another one is decided anew from what is stored now; since each loss is another
//! flow's progress, such loops end, and the flow's deadline bounds them.
//!
//! A panic is a trap that costs the request and says nothing, so the lints that find them are errors.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod bindings;
mod exports;
mod flows;
#[cfg(target_arch = "wasm32")]
mod heap;
mod imports;

/// What the exports are implemented on: nothing, since an instance keeps nothing.
struct Component;

bindings::export!(Component with_types_in bindings);

/// Ends the flow because a host or a stored record broke the contract: nothing sound can follow.
fn broken_contract() -> ! {
    std::process::abort()
}
