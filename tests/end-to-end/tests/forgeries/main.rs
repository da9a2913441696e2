//! Sends a running server tokens that it did not issue, or did not issue for this use.
//!
//! The test made the server's signing key and so can sign anything with it. A token signed with that
//! key and still refused is refused for the fault under test.

mod claims;
mod headers;
mod key;
mod kinds;
mod shapes;
mod signatures;
mod test_service;
mod times;
