//! What surrounds every route: request ids, access log, CORS, headers, problem documents and the
//! answers for handlers that give none.

pub(crate) mod access_log;
pub(crate) mod cors;
pub(crate) mod fallback;
pub(crate) mod headers;
pub(crate) mod problem_documents;
pub(crate) mod request_id;
