//! Converts events of API Gateway to requests of the router, and responses back.

use std::net::{IpAddr, SocketAddr};
use std::str;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_rest::Invocation;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::header::ACCEPT_ENCODING;
use http::{HeaderName, HeaderValue, Uri};
use lambda_http::request::RequestContext;
use lambda_http::{Context, RequestExt};
use tokio::time::Instant;

use crate::service_path::{Route, is_generated, service_path};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The part of an invocation's time that is kept for the response to reach Lambda.
const RESERVE: Duration = Duration::from_millis(500);
/// The time-out of API Gateway, unless the account's quota was raised.
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(29);
/// The largest response that Lambda accepts, in bytes. The router makes none that large.
const LONGEST_ANSWER: usize = 6 << 20;

/// What an event says of its origin, in one form for REST APIs and HTTP APIs.
struct Origin {
    address: Option<IpAddr>,
    stage: Option<String>,
    holds_stage: bool,
    generated: bool,
    /// A REST API sends binary responses to clients as base64 text, unless their types are
    /// configured.
    text_only: bool,
}

/// The request for the router. It has the path of the service, the client as its peer, and the
/// [`Invocation`].
pub fn request(
    event: lambda_http::Request,
    context: &Context,
    issuer_path: Option<&str>,
    cold: bool,
) -> axum::extract::Request {
    let origin = Origin::of(event.request_context_ref());
    let issuer_path = issuer_path.filter(|_| !origin.generated);
    let path = service_path(
        &Route {
            path: event.uri().path(),
            raw: event.raw_http_path(),
            stage: origin.stage.as_deref(),
            holds_stage: origin.holds_stage,
        },
        issuer_path,
    );
    let (mut parts, body) = event.into_parts();
    let target = match parts.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    // The path was part of a parsed URL before, so it can be parsed again.
    parts.uri = target.parse().unwrap_or_else(|_| Uri::from_static("/"));
    let id = HeaderValue::try_from(&context.request_id);
    if let (false, Ok(id)) = (parts.headers.contains_key(&REQUEST_ID), id) {
        parts.headers.insert(REQUEST_ID, id);
    }
    if origin.text_only {
        parts.headers.remove(ACCEPT_ENCODING);
    }
    parts.extensions.clear();
    if let Some(address) = origin.address {
        // API Gateway does not send the client's port.
        parts
            .extensions
            .insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    parts.extensions.insert(Invocation {
        trace_id: context.xray_trace_id.clone(),
        cold: Some(cold),
    });
    http::Request::from_parts(parts, bytes_of(body))
}

/// The response for Lambda: text as text, and compressed content as bytes.
pub async fn response(answer: axum::response::Response) -> http::Response<lambda_http::Body> {
    let (parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_ANSWER).await else {
        tracing::error!("an answer could not be read");
        let mut failed = http::Response::new(lambda_http::Body::Empty);
        *failed.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        return failed;
    };
    let encoded = parts.headers.contains_key(http::header::CONTENT_ENCODING);
    let body = match str::from_utf8(&bytes) {
        Ok("") => lambda_http::Body::Empty,
        Ok(text) if !encoded => lambda_http::Body::Text(text.to_owned()),
        _ => lambda_http::Body::Binary(bytes.to_vec()),
    };
    http::Response::from_parts(parts, body)
}

/// The time by which the response must be ready.
pub fn deadline(context: &Context) -> Instant {
    let end = UNIX_EPOCH + Duration::from_millis(context.deadline);
    // Lambda never sends a deadline in the past, but an emulator may, because its clock has another
    // origin.
    let left = end.duration_since(SystemTime::now());
    let left = left.unwrap_or(GATEWAY_TIMEOUT);
    Instant::now() + left.saturating_sub(RESERVE)
}

fn bytes_of(body: lambda_http::Body) -> Body {
    match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    }
}

impl Origin {
    fn of(context: Option<&RequestContext>) -> Self {
        let (address, stage, domain, http_api) = match context {
            Some(RequestContext::ApiGatewayV1(context)) => (
                &context.identity.source_ip,
                &context.stage,
                &context.domain_name,
                false,
            ),
            Some(RequestContext::ApiGatewayV2(context)) => (
                &context.http.source_ip,
                &context.stage,
                &context.domain_name,
                true,
            ),
            _ => (&None, &None, &None, false),
        };
        let generated = domain.as_deref().is_some_and(is_generated);
        Self {
            address: address.as_deref().and_then(|address| address.parse().ok()),
            stage: stage.clone(),
            holds_stage: http_api && generated,
            generated,
            text_only: matches!(context, Some(RequestContext::ApiGatewayV1(_))),
        }
    }
}
