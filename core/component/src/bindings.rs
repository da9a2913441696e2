//! The types and traits that `wit_bindgen` generates from `wit/`.
#![allow(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "generated code"
)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "service",
    pub_export_macro: true,
    default_bindings_module: "crate::bindings",
});
