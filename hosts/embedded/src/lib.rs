//! The stores of the local server: one redb file, one thread that writes it.
//!
//! [`EmbeddedStore`] is all four stores. A write that was answered is on the disk: it outlives
//! `kill -9` and a power cut. Reads see every write that was answered before.
//!
//! Expired records stay until [`EmbeddedStore::sweep`] removes them; the host calls it now and then.
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
