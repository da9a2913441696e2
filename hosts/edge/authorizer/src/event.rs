//! The events that API Gateway sends to an authorizer.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

/// What the domain that API Gateway generated for an API has in its name.
const GENERATED: &str = ".execute-api.";

/// Why an event is not answered. It quotes nothing of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A member of the event is missing or of the wrong form.
    #[error("the event of the authorizer lacks its {0}")]
    Incomplete(&'static str),
    /// The event is of none of the kinds that an authorizer gets.
    #[error(
        "this is no event of an authorizer: a REST API sends type TOKEN or REQUEST, an HTTP API \
         version 2.0"
    )]
    Unsupported,
}

/// The kind of the API, which decides the form of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// A REST API, or an HTTP API with payload format 1.0: the answer is an IAM policy.
    Rest(MethodArn),
    /// An HTTP API with payload format 2.0: the answer is yes or no.
    Http {
        /// Whether method and path are among the identity sources, by which answers are cached.
        is_keyed_by_request: bool,
    },
}

/// The name of the requested method: `arn:…:API/STAGE/METHOD/PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MethodArn {
    /// The whole name, as the event has it.
    pub(crate) whole: String,
    /// The name up to the stage, with a slash at its end.
    pub(crate) stage: String,
}

/// A request that API Gateway asks about.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizerEvent {
    pub(crate) api: Api,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
}

impl AuthorizerEvent {
    /// Reads an event.
    pub(crate) fn read(event: &Value) -> Result<Self, EventError> {
        let members = event.as_object().ok_or(EventError::Unsupported)?;
        if text(members, "version") == Some("2.0") {
            return Self::of_http_api(members);
        }
        let headers = match text(members, "type") {
            Some("TOKEN") => of_token(members)?,
            Some("REQUEST") => headers(members),
            _ => return Err(EventError::Unsupported),
        };
        let whole = text(members, "methodArn").ok_or(EventError::Incomplete("methodArn"))?;
        let (stage, method, path) = parts(whole).ok_or(EventError::Incomplete("methodArn"))?;
        Ok(Self {
            method: method.to_owned(),
            target: format!("/{path}"),
            headers,
            api: Api::Rest(MethodArn {
                whole: whole.to_owned(),
                stage: stage.to_owned(),
            }),
        })
    }

    fn of_http_api(members: &Map<String, Value>) -> Result<Self, EventError> {
        let context = members.get("requestContext").and_then(Value::as_object);
        let context = context.ok_or(EventError::Incomplete("requestContext"))?;
        let http = context.get("http").and_then(Value::as_object);
        let http = http.ok_or(EventError::Incomplete("requestContext.http"))?;
        let method = text(http, "method").ok_or(EventError::Incomplete("method"))?;
        let path = text(members, "rawPath").ok_or(EventError::Incomplete("rawPath"))?;
        let sources = members.get("identitySource").and_then(Value::as_array);
        let has = |value: Option<&str>| {
            let mut sources = sources.into_iter().flatten();
            value.is_some() && sources.any(|source| source.as_str() == value)
        };
        Ok(Self {
            api: Api::Http {
                is_keyed_by_request: has(Some(method)) && has(text(http, "path")),
            },
            method: method.to_owned(),
            target: without_stage(path, context).to_owned(),
            headers: headers(members),
        })
    }
}

/// The stage, method and path of a method's name; the stage with what stands before it.
fn parts(arn: &str) -> Option<(&str, &str, &str)> {
    let api = arn.match_indices(':').nth(4)?.0;
    let rest = arn.get(api..)?;
    let mut slashes = rest.match_indices('/').map(|(at, _)| api + at);
    let (_, of_stage) = (slashes.next()?, slashes.next()?);
    let (stage, rest) = arn.split_at_checked(of_stage + 1)?;
    let (method, path) = rest.split_once('/')?;
    (!method.is_empty()).then_some((stage, method, path))
}

/// Under the domain that API Gateway generated, the path of an HTTP API begins with the stage.
fn without_stage<'a>(path: &'a str, context: &Map<String, Value>) -> &'a str {
    let is_generated = text(context, "domainName").is_some_and(|name| name.contains(GENERATED));
    let stage = text(context, "stage").filter(|stage| is_generated && *stage != "$default");
    let Some(rest) = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage)) else {
        return path;
    };
    match rest {
        "" => "/",
        rest if rest.starts_with('/') => rest,
        _ => path,
    }
}

fn of_token(members: &Map<String, Value>) -> Result<HeaderMap, EventError> {
    let token = text(members, "authorizationToken");
    let token = token.ok_or(EventError::Incomplete("authorizationToken"))?;
    let mut headers = HeaderMap::new();
    // What no header can hold is no bearer token either.
    let value = HeaderValue::from_str(token).unwrap_or(HeaderValue::from_static("none"));
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

/// All headers: a REST API names each value, and an HTTP API joins those of one name by commas.
fn headers(members: &Map<String, Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let lists = members.get("multiValueHeaders").and_then(Value::as_object);
    let single = members.get("headers").and_then(Value::as_object);
    let lists = lists.filter(|lists| !lists.is_empty());
    for (name, values) in lists.or(single).into_iter().flatten() {
        let values = match values {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values.iter().filter_map(Value::as_str) {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
    }
    headers
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}
