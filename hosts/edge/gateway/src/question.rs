//! What a proxy asks: which request it is about.

use auth_gate::Asked;
use auth_rest::{FORWARD_AUTH, FORWARDED_URI, UnknownParameter, demanded_permissions};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};

/// The method of the request that a proxy asks about.
const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const EXT_AUTHZ: &str = "/ext-authz";

/// What a proxy asks: whether a request of this method and path may pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The permissions that the proxy demands besides.
    permissions: Vec<String>,
}

/// Why a question cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unasked {
    /// The path is none of the gateway's calls.
    NotFound,
    /// The headers do not say, each once, what the question is about.
    NotSaid,
    /// The query has a parameter that is unknown.
    BadQuery,
}

impl From<UnknownParameter> for Unasked {
    fn from(_: UnknownParameter) -> Self {
        Self::BadQuery
    }
}

impl Question {
    /// Reads a question. `has_routes` tells whether method and path of the request matter.
    pub(crate) fn read(head: &Parts, has_routes: bool) -> Result<Self, Unasked> {
        let Parts {
            method,
            uri,
            headers,
            ..
        } = head;
        if uri.path() == FORWARD_AUTH {
            let said = (single(headers, &METHOD), single(headers, &FORWARDED_URI));
            let (method, target) = match said {
                (Some(method), Some(target)) => (method, target),
                _ if has_routes => return Err(Unasked::NotSaid),
                // Where the policy has no routes, one request is as good as another.
                _ => (Method::GET.to_string(), "/".to_owned()),
            };
            return Ok(Self {
                permissions: demanded_permissions(uri.query().unwrap_or_default(), &target)?,
                method,
                target,
            });
        }
        let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
        let target = whole.strip_prefix(EXT_AUTHZ);
        let target = target.filter(|target| target.starts_with('/'));
        Ok(Self {
            method: method.to_string(),
            target: target.ok_or(Unasked::NotFound)?.to_owned(),
            permissions: Vec::new(),
        })
    }

    /// The question in the terms of the gate.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            method: &self.method,
            target: &self.target,
            permissions: &self.permissions,
        }
    }
}

/// The only value of a header. A second one may be of the client.
fn single(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    (values.next().is_none() && !value.is_empty()).then(|| value.to_owned())
}
