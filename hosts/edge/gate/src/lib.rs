//! Judges a request before it reaches a program, without a store: its token by the component and the
//! fetched keys of the issuer, and what it needs by the route map of the policy.
//!
//! `countersign gateway` and the authorizer for AWS Lambda are its hosts. A request passes only when
//! every question has the answer yes.
#![forbid(unsafe_code)]

mod gate;
mod refusal;

pub use gate::{Asked, Gate};
pub use refusal::Refusal;
