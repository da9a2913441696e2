//! Sends a running server tokens that it did not issue, or did not issue for this use.
//!
//! The test generated the server's signing key, so it can sign any token. When such a token is
//! refused, the reason is the defect under test and not the signature.

mod claims;
mod headers;
mod key;
mod kinds;
mod shapes;
mod signatures;
mod test_service;
mod times;
