//! Runs the binary `countersign` as a child process and calls it over HTTP.
//!
//! A test has what an operator and a client have: command line, data directory and network.

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

/// A policy with the cheapest hash that a policy may choose, for tests that are not about hashing, and
/// without a bound on the registrations of this machine.
pub const QUICK_POLICY: &str = "[hashing]\nscheme = \"argon2id\"\n\
                                [throttle.registration]\nfailures = 1000\nwindow_seconds = 60\n";
