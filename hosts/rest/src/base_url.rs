//! The public address of the service.

use std::sync::Arc;

/// The issuer of this deployment. Absolute URLs of the service begin with it.
#[derive(Clone)]
pub(crate) struct BaseUrl(Arc<str>);

impl BaseUrl {
    pub(crate) fn new(issuer: &str) -> Self {
        Self(issuer.into())
    }

    /// The issuer as tokens name it.
    pub(crate) fn issuer(&self) -> &str {
        &self.0
    }

    /// Whether clients reach the service with TLS.
    pub(crate) fn has_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The absolute URL of a path that begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.trim_end_matches('/'))
    }
}
