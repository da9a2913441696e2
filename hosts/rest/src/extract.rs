//! What handlers take from a request: body, path, query, bearer token, client address.

pub(crate) mod bearer;
pub(crate) mod client_address;
pub(crate) mod json;
pub(crate) mod path;
