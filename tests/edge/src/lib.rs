//! An issuer with real keys and a gate that takes its tokens, for tests of hosts that only verify.

mod issuer;
mod test_gate;

pub use issuer::{TestIssuer, test_claims};
pub use test_gate::{AUDIENCE, ISSUER, TestGate};
