//! Extractors: body, path, query, bearer token, client address and client headers of a request.

pub(crate) mod bearer;
pub(crate) mod client_address;
pub(crate) mod idempotency_key;
pub(crate) mod json;
pub(crate) mod path;
pub(crate) mod user_agent;
