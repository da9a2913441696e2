//! A database for each test, and a proxy between it and the store that fails on demand.
//!
//! `tests/mongo/with-server` provides the server. Without it these tests fail with that advice.

mod database;
mod fake;
mod proxy;

pub use database::{SERVER, TestDatabase, client, server_address, server_credentials, server_uri};
pub use fake::FakeReplicaSet;
pub use proxy::{Fault, Proxy};
