//! Parses the events of API Gateway without losing repeated headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::request::LambdaRequest;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// An event of a REST API or an HTTP API. Any other event is refused.
pub struct Payload(pub LambdaRequest);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut event = LambdaRequest::deserialize(deserializer)?;
        if let LambdaRequest::ApiGatewayV1(event) = &mut event
            && !event.multi_value_headers.is_empty()
        {
            // `headers` has only the last value of each header, and `lambda_http` would let it
            // replace the others.
            event.headers.clear();
        }
        if is_torn(&event) {
            return Err(D::Error::custom("the body of the event is no base64"));
        }
        Ok(Self(event))
    }
}

/// Whether the body is not in the encoding that the event names. `lambda_http` would panic on it.
fn is_torn(event: &LambdaRequest) -> bool {
    let (encoded, body) = match event {
        LambdaRequest::ApiGatewayV1(event) => (event.is_base64_encoded, &event.body),
        LambdaRequest::ApiGatewayV2(event) => (event.is_base64_encoded, &event.body),
        _ => return false,
    };
    let body = body.as_deref().unwrap_or_default();
    encoded && STANDARD.decode(body).is_err()
}
