//! The binary `countersign` over HTTP: a server in a process of its own, and a client for its calls.
//!
//! A test has what an operator and a client have: the command line, the data directory, the network.

mod answer;
mod binary;
mod client;
mod deadline;
mod server;
mod surface;
pub mod wire;

pub use answer::Answer;
pub use binary::{built, countersign};
pub use client::{Client, PASSWORD, Session};
pub use deadline::wait_until;
pub use server::{Options, Server};

/// A policy whose hashes are the cheapest that a policy may ask for, for tests that are not about
/// hashing.
pub const QUICK_POLICY: &str = "[hashing]\nscheme = \"argon2id\"\n";
