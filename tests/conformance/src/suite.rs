//! The cases, one function each. A case panics when the adapter breaks a requirement.
//!
//! Cases compare made-up records only, so a failing one may print them.

pub mod account_pages;
pub mod accounts;
pub mod codes;
pub mod sessions;
mod support;
pub mod throttle;
