//! What a proxy asks: which request it is about.

use auth_gate::Asked;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};

/// The method of the request that a proxy asks about.
const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
/// Its path and query, as the client sent them.
const TARGET: HeaderName = HeaderName::from_static("x-forwarded-uri");
const FORWARD_AUTH: &str = "/v1/forward-auth";
const EXT_AUTHZ: &str = "/ext-authz";

/// What a proxy asks: whether a request of this method and path may pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The permission that the proxy demands besides.
    permission: Option<String>,
}

/// Why a question cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unasked {
    /// The path is none of the gateway's calls.
    NotFound,
    /// The headers do not say, each once, what the question is about.
    NotSaid,
    /// The query has a parameter that is unknown, or one twice.
    BadQuery,
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
            let permission = permission(uri.query().unwrap_or_default())?;
            let (method, target) = match (single(headers, &METHOD), single(headers, &TARGET)) {
                (Some(method), Some(target)) => (method, target),
                _ if has_routes => return Err(Unasked::NotSaid),
                // Where the policy has no routes, one request is as good as another.
                _ => (Method::GET.to_string(), "/".to_owned()),
            };
            return Ok(Self {
                method,
                target,
                permission,
            });
        }
        let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
        let target = whole.strip_prefix(EXT_AUTHZ);
        let target = target.filter(|target| target.starts_with('/'));
        Ok(Self {
            method: method.to_string(),
            target: target.ok_or(Unasked::NotFound)?.to_owned(),
            permission: None,
        })
    }

    /// The question in the terms of the gate.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            method: &self.method,
            target: &self.target,
            permission: self.permission.as_deref(),
        }
    }
}

/// The only value of a header. A second one may be of the client.
fn single(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    (values.next().is_none() && !value.is_empty()).then(|| value.to_owned())
}

fn permission(query: &str) -> Result<Option<String>, Unasked> {
    let mut permission = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "permission" || permission.is_some() {
            return Err(Unasked::BadQuery);
        }
        permission = Some(value.into_owned());
    }
    Ok(permission)
}
