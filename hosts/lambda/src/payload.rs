//! The events of API Gateway, with all their headers.

use lambda_http::request::LambdaRequest;
use serde::{Deserialize, Deserializer};

/// An event of a REST API or an HTTP API; anything else is refused.
pub struct Payload(pub LambdaRequest);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut event = LambdaRequest::deserialize(deserializer)?;
        if let LambdaRequest::ApiGatewayV1(event) = &mut event
            && !event.multi_value_headers.is_empty()
        {
            // They are the last values of the others, and `lambda_http` would put them in their place.
            event.headers.clear();
        }
        Ok(Self(event))
    }
}
