//! Where the service is known to be.

use std::sync::Arc;

/// The issuer of this deployment, which its absolute addresses begin with.
#[derive(Clone)]
pub(crate) struct BaseUrl(Arc<str>);

impl BaseUrl {
    pub(crate) fn new(issuer: &str) -> Self {
        Self(issuer.into())
    }

    /// As tokens name it.
    pub(crate) fn issuer(&self) -> &str {
        &self.0
    }

    /// The absolute address of a path that begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.trim_end_matches('/'))
    }
}
