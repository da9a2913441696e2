//! The stores of the local server: one redb file, and one thread that writes it.
//!
//! [`EmbeddedStore`] implements all four stores. Once a write is answered it is on the disk and
//! survives `kill -9` and a power cut. Reads see every write that was answered before.
//!
//! Expired records stay until [`EmbeddedStore::sweep`] removes them; the host must call it
//! regularly.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod accounts;
mod codes;
mod expiry;
mod failure;
mod open;
mod record;
mod reopenable_database;
mod sessions;
mod store;
mod tables;
mod throttle;
mod writer;

pub use open::{OpenError, OpenFailure};
pub use store::EmbeddedStore;

#[cfg(test)]
mod tests;
