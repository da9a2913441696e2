//! Makes the request of the router from an event.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_rest::{Invocation, KnownProxy, parse_hop};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{ACCEPT_ENCODING, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use lambda_http::lambda_runtime::Context;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::payload::{EventError, HttpEvent, Sender};
use crate::service_path::{encode_component, is_generated, service_path, service_query};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The part of an invocation's time that is kept for the response to reach Lambda.
const RESERVE: Duration = Duration::from_millis(500);
/// The time-out of API Gateway, unless the account's quota was raised.
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(29);

/// What stands in front of the function.
#[derive(Debug, Default)]
pub struct Front {
    /// The path of the issuer, which is the URL where clients reach the service.
    pub issuer_path: Option<String>,
    /// The ids of the API keys of proxies. API Gateway checks the key itself, so a request in whose
    /// context it names one of them was sent by that proxy.
    pub proxy_keys: Vec<String>,
}

/// The request for the router. It has the path of the service, the client as its peer, and the
/// [`Invocation`]. A header that HTTP does not allow is left out.
///
/// # Errors
/// When the method of the event is none.
pub fn request(
    event: HttpEvent,
    context: &Context,
    front: &Front,
    cold: bool,
) -> Result<axum::extract::Request, EventError> {
    let method = Method::from_bytes(event.method.as_bytes());
    let method = method.map_err(|_| EventError::Incomplete("method"))?;
    let prefix = prefix(&event, front.issuer_path.as_deref());
    let path = service_path(&event.path, prefix.as_deref());
    let target = match query(&event) {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    };
    let mut headers = headers(&event.members);
    if event.sender == Sender::RestApi {
        // It sends binary responses to clients as base64 text, unless their types are configured.
        headers.remove(ACCEPT_ENCODING);
    }
    let address = source_address(&event, &headers);
    let known = key_id(&event).is_some_and(|id| front.proxy_keys.iter().any(|key| key == id));
    let mut request = http::Request::new(Body::from(event.body));
    *request.method_mut() = method;
    // What no URI may hold is encoded, so only one that is too long cannot be parsed. No path of
    // the service is that long.
    *request.uri_mut() = target
        .parse()
        .unwrap_or_else(|_| Uri::from_static("/too-long"));
    *request.headers_mut() = headers;
    if let Some(address) = address {
        // The event does not hold the client's port.
        let peer = ConnectInfo(SocketAddr::new(address, 0));
        request.extensions_mut().insert(peer);
    }
    if known {
        request.extensions_mut().insert(KnownProxy);
    }
    request.extensions_mut().insert(Invocation {
        request_id: Some(context.request_id.clone()),
        trace_id: context.xray_trace_id.clone(),
        cold: Some(cold),
    });
    Ok(request)
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

/// What the path of the event begins with before the path of the service. Under the domain that API
/// Gateway generated for an HTTP API it is the stage, and under another domain the path of the
/// issuer, which is the URL where clients reach the service.
fn prefix(event: &HttpEvent, issuer_path: Option<&str>) -> Option<String> {
    let context = |name: &str| {
        let context = event.members.get("requestContext")?;
        context.get(name)?.as_str()
    };
    if !context("domainName").is_some_and(is_generated) {
        return issuer_path.map(str::to_owned);
    }
    // A REST API, whose events have no version, has taken the stage off already.
    event.members.get("version")?;
    let stage = context("stage").filter(|stage| *stage != "$default");
    stage.map(|stage| format!("/{stage}"))
}

fn query(event: &HttpEvent) -> String {
    let member = |name: &str| event.members.get(name);
    if event.sender == Sender::HttpApi {
        let raw = member("rawQueryString").and_then(Value::as_str);
        return service_query(raw.unwrap_or_default());
    }
    // A load balancer hands names and values on as the client encoded them.
    let encode = match event.sender {
        Sender::LoadBalancer { .. } => service_query,
        _ => encode_component,
    };
    let pairs = values(
        member("multiValueQueryStringParameters"),
        member("queryStringParameters"),
    );
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn headers(members: &Map<String, Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in values(members.get("multiValueHeaders"), members.get("headers")) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    let cookies = members.get("cookies").and_then(Value::as_array);
    let cookies: Vec<_> = cookies
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let (false, Ok(cookies)) = (
        cookies.is_empty(),
        HeaderValue::try_from(cookies.join("; ")),
    ) {
        headers.insert(COOKIE, cookies);
    }
    headers
}

/// The pairs of a map of lists if the event has it, and otherwise those of the map of the last
/// values. What is no text is left out.
fn values<'a>(lists: Option<&'a Value>, single: Option<&'a Value>) -> Vec<(&'a str, &'a str)> {
    let lists = lists
        .and_then(Value::as_object)
        .filter(|lists| !lists.is_empty());
    let of = |(name, value): (&'a String, &'a Value)| Some((name.as_str(), value.as_str()?));
    match lists {
        Some(lists) => lists
            .iter()
            .flat_map(|(name, list)| {
                let list = list.as_array().into_iter().flatten();
                list.filter_map(move |value| of((name, value)))
            })
            .collect(),
        None => {
            let single = single.and_then(Value::as_object).into_iter().flatten();
            single.filter_map(of).collect()
        }
    }
}

/// The address of the client. A load balancer gives it only as the last address of
/// `X-Forwarded-For`, to which it adds it.
fn source_address(event: &HttpEvent, headers: &HeaderMap) -> Option<IpAddr> {
    let context = event.members.get("requestContext")?;
    let text = match event.sender {
        Sender::RestApi => context.pointer("/identity/sourceIp")?.as_str()?.as_bytes(),
        Sender::HttpApi => context.pointer("/http/sourceIp")?.as_str()?.as_bytes(),
        Sender::LoadBalancer { .. } => {
            let last = headers.get_all(FORWARDED_FOR).iter().next_back()?;
            last.as_bytes().rsplit(|byte| *byte == b',').next()?
        }
    };
    parse_hop(text.trim_ascii())
}

/// The id of the API key that a REST API has demanded and found.
fn key_id(event: &HttpEvent) -> Option<&str> {
    let context = event.members.get("requestContext")?;
    context.pointer("/identity/apiKeyId")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payload;

    #[test]
    fn a_load_balancer_may_write_the_port_of_the_client() {
        for (forwarded, expected) in [
            ("192.0.2.1, 198.51.100.7", Some("198.51.100.7")),
            ("192.0.2.1, 198.51.100.7:51234", Some("198.51.100.7")),
            ("[2001:db8::7]:51234", Some("2001:db8::7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("unknown", None),
        ] {
            let event = serde_json::json!({
                "requestContext": { "elb": {} },
                "httpMethod": "GET",
                "path": "/healthz",
                "headers": { "x-forwarded-for": forwarded },
            });
            let Ok(Payload::Http(event)) = Payload::read(event) else {
                panic!("{forwarded}: no request");
            };
            let headers = headers(&event.members);
            let address = source_address(&event, &headers).map(|address| address.to_string());
            assert_eq!(address.as_deref(), expected, "{forwarded}");
        }
    }
}
