//! The rules of Countersign: pure functions over plain data.
//!
//! A rule gets everything that it decides by as arguments, including the time and random bytes.
//! This crate has no I/O, no `async`, no clock, no entropy and no types of the WIT: the component
//! (`core/component`) fetches data, lets one rule decide, and commits the result.
//!
//! A panic here becomes a trap that ends a request, so the lints that find panics are errors.
#![forbid(unsafe_code)]
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

pub mod access_token;
pub mod attempt;
pub mod client_mark;
pub mod email;
pub mod hash_policy;
pub mod id;
pub mod jose;
mod nfc;
pub mod one_time_code;
pub mod opaque_token;
pub mod page;
pub mod password;
pub mod policy_file;
pub mod rbac;
pub mod route_map;
pub mod session;
pub mod settings;
pub mod source;
mod strict_json;
pub mod throttle;
