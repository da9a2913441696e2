//! The public keys of an issuer, for hosts that verify tokens without asking the service.
//!
//! [`Location`] reads a key set (RFC 7517 §5) from a file or a URL. [`FetchedKeys`] keeps what was
//! read: for how long, when it reads again, and what it answers while the source does not. The verifier
//! for JavaScript hosts does the same (`hosts/edge/js/src/key-source.ts`), and both run the scenarios
//! of `tests/vectors/key-fetches.json`.
#![forbid(unsafe_code)]

mod fetched_keys;
mod freshness;
mod location;

pub use fetched_keys::{FetchKeySet, FetchedKeys};
pub use freshness::Freshness;
pub use location::Location;
