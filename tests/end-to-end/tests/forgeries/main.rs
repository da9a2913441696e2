//! Tokens that the server did not issue, or did not issue for this use, sent to the running server.
//!
//! The server signs with a key that the test made and so knows: what is refused here is refused even
//! when the key itself signed it.

mod claims;
mod headers;
mod key;
mod kinds;
mod shapes;
mod signatures;
mod test_service;
mod times;
