//! The guest: the code that becomes the component.
//!
//! Each flow reads from top to bottom as *fetch, decide, commit*: it reads through imports, lets
//! one rule of `auth-rules` decide with everything passed as arguments, and writes through imports.
//! When another flow's write comes first, a flow reads again and decides anew. Each lost race means
//! that another flow made progress, so these loops end, and the deadline of the flow bounds them.
//!
//! A panic becomes a trap, which ends the request without an explanation, so the lints that find
//! panics are errors.
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

/// Implements the exports. It has no fields because an instance keeps no state.
struct Component;

bindings::export!(Component with_types_in bindings);

/// Ends the flow because the host or a stored record broke the contract: no sound decision can
/// follow.
fn broken_contract() -> ! {
    std::process::abort()
}
