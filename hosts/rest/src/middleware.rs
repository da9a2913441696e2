//! What surrounds every route: request ids, access log, CORS, headers, the answer after a panic.

pub(crate) mod access_log;
pub(crate) mod cors;
pub(crate) mod fallback;
pub(crate) mod headers;
pub(crate) mod request_id;
