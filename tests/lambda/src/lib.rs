//! Runs the binaries `bootstrap` and `authorizer` through Lambda's own protocol, with events as API Gateway sends
//! them.
//!
//! [`RuntimeApi`] is Lambda as a function sees it, [`Function`] a process of the function under test,
//! and [`Call`] a client's request as a REST API or an HTTP API hands it on.

mod call;
mod function;
mod runtime_api;
mod secrets;

pub use call::{Api, Call};
pub use function::{Function, INIT, NOWHERE, SECRET, bootstrap, variables, wait_for, with};
pub use runtime_api::{Outcome, RuntimeApi, TimedOut};
pub use secrets::Secrets;
