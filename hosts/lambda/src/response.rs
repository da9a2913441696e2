//! Writes the answers of the function in the formats of Lambda.

use std::str;

use axum::body::to_bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use crate::payload::Sender;

/// The largest response that Lambda accepts, in bytes. The router makes none that large.
const LONGEST_ANSWER: usize = 6 << 20;

/// The answer to a request in the format of its sender: text as text, and compressed content as
/// base64.
pub async fn response(answer: axum::response::Response, sender: Sender) -> Value {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, LONGEST_ANSWER)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "an answer could not be read");
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            parts.headers.clear();
            axum::body::Bytes::new()
        });
    let encoded = parts.headers.contains_key(CONTENT_ENCODING);
    let text = str::from_utf8(&bytes).ok().filter(|_| !encoded);
    let mut answer = json!({
        "statusCode": parts.status.as_u16(),
        "isBase64Encoded": text.is_none(),
        "body": text.map_or_else(|| STANDARD.encode(&bytes), str::to_owned),
    });
    let multi_value = match sender {
        Sender::RestApi => true,
        Sender::HttpApi => false,
        Sender::LoadBalancer { multi_value } => {
            answer["statusDescription"] = json!(parts.status.to_string());
            multi_value
        }
    };
    if sender == Sender::HttpApi {
        // The service sets none, but the member belongs to the format.
        answer["cookies"] = json!([]);
    }
    match multi_value {
        true => answer["multiValueHeaders"] = lists(&parts.headers),
        false => answer["headers"] = joined(&parts.headers),
    }
    answer
}

/// The answer to an event that keeps the function warm.
pub fn warm(has_keys: bool) -> Value {
    json!({ "status": if has_keys { "ready" } else { "waiting" } })
}

fn lists(headers: &HeaderMap) -> Value {
    let list = |name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(text).collect();
        json!(values)
    };
    let headers: Map<String, Value> = headers
        .keys()
        .map(|name| (name.as_str().to_owned(), list(name)))
        .collect();
    headers.into()
}

/// The values of each header as one (RFC 9110 §5.3). The service sets no cookie, whose header alone
/// could not be joined.
fn joined(headers: &HeaderMap) -> Value {
    let join = |name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(text).collect();
        json!(values.join(", "))
    };
    let headers: Map<String, Value> = headers
        .keys()
        .map(|name| (name.as_str().to_owned(), join(name)))
        .collect();
    headers.into()
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
