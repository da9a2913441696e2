//! Databases of a test's own, and a network between them and the store that fails on demand.
//!
//! The server is the one that `tests/mongo/with-server` gives; without it these tests fail and say so.

mod database;
mod fake;
mod proxy;

pub use database::{SERVER, TestDatabase, client, server_address, server_credentials, server_uri};
pub use fake::FakeReplicaSet;
pub use proxy::{Fault, Proxy};
