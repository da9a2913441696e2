//! Extractors: body, path, query, bearer token and client address of a request.

pub(crate) mod bearer;
pub(crate) mod client_address;
pub(crate) mod json;
pub(crate) mod path;
