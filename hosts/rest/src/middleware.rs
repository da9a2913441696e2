//! Middleware around every route: request ids, access log, CORS, headers, problem documents, and
//! answers for requests that no handler answers.

pub(crate) mod access_log;
pub(crate) mod cors;
pub(crate) mod fallback;
pub(crate) mod headers;
pub(crate) mod malformed_head;
pub(crate) mod problem_documents;
pub(crate) mod request_id;
