//! Tells the events of Lambda apart.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::lambda_runtime::Diagnostic;
use serde_json::{Map, Value};

/// An event of Lambda.
pub enum Payload {
    /// A request of a client.
    Http(HttpEvent),
    /// A call that only keeps the function warm, and reads its secrets again when they are due.
    Warmer,
}

/// The kind of service that sent a request, which decides the format of event and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A REST API, or an HTTP API with payload format 1.0.
    RestApi,
    /// An HTTP API or a function URL, with payload format 2.0.
    HttpApi,
    /// An Application Load Balancer. It sends all values of a header only if its target group is
    /// set to multi-value headers, and then reads only those of the answer.
    LoadBalancer {
        /// Whether the target group is set so.
        multi_value: bool,
    },
}

/// A request in the format of its sender.
pub struct HttpEvent {
    /// Who sent the event.
    pub sender: Sender,
    /// The method of the request.
    pub method: String,
    /// The path, with what stands before the path of the service.
    pub path: String,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// All other members.
    pub members: Map<String, Value>,
}

/// Why an event is not answered. Lambda reports it as an error of the function.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A member of a request is missing or of the wrong type.
    #[error("the request lacks its {0}")]
    Incomplete(&'static str),
    /// The body is not in the encoding that the event names.
    #[error("the body of the event is no base64")]
    Torn,
    /// The event is no request and no warmer.
    #[error(
        "{0} cannot be answered: this function takes the requests of API Gateway, of an \
         Application Load Balancer and of a function URL, and `{{\"warmer\": true}}`"
    )]
    Unsupported(&'static str),
}

impl Payload {
    /// Reads an event.
    ///
    /// # Errors
    /// When it is of a kind that is not answered.
    pub fn read(event: Value) -> Result<Self, EventError> {
        let Value::Object(mut members) = event else {
            return Err(EventError::Unsupported("an event that is no JSON object"));
        };
        let Some(sender) = sender(&members) else {
            return match is_warmer(&members) {
                true => Ok(Self::Warmer),
                false => Err(EventError::Unsupported(kind(&members))),
            };
        };
        let (method, path) = match sender {
            Sender::HttpApi => (
                members
                    .get("requestContext")
                    .and_then(|of| of.pointer("/http/method")),
                members.get("rawPath"),
            ),
            _ => (members.get("httpMethod"), members.get("path")),
        };
        let text = |value: Option<&Value>, name| match value {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(EventError::Incomplete(name)),
        };
        let (method, path) = (text(method, "method")?, text(path, "path")?);
        let encoded = members.get("isBase64Encoded") == Some(&Value::Bool(true));
        let body = match members.remove("body") {
            Some(Value::String(text)) if encoded => {
                STANDARD.decode(text).map_err(|_| EventError::Torn)?
            }
            Some(Value::String(text)) => text.into_bytes(),
            _ => Vec::new(),
        };
        Ok(Self::Http(HttpEvent {
            sender,
            method,
            path,
            body,
            members,
        }))
    }
}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let error_type = match error {
            EventError::Incomplete(_) | EventError::Torn => "MalformedEvent",
            EventError::Unsupported(_) => "UnsupportedEvent",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

fn sender(members: &Map<String, Value>) -> Option<Sender> {
    let context = members.get("requestContext")?;
    if context.get("elb").is_some() {
        let multi_value = members
            .get("multiValueHeaders")
            .is_some_and(Value::is_object);
        return Some(Sender::LoadBalancer { multi_value });
    }
    if context.get("http").is_some() {
        return Some(Sender::HttpApi);
    }
    members
        .contains_key("httpMethod")
        .then_some(Sender::RestApi)
}

/// Whether a schedule of EventBridge, a plugin for warming or the console's test button made the
/// event.
fn is_warmer(members: &Map<String, Value>) -> bool {
    let source = members.get("source").and_then(Value::as_str);
    let of_console = |name: &String| ["key1", "key2", "key3"].contains(&name.as_str());
    let scheduled = ["aws.events", "aws.scheduler", "serverless-plugin-warmup"];
    members.get("warmer") == Some(&Value::Bool(true))
        || source.is_some_and(|source| scheduled.contains(&source))
        || members.keys().all(of_console)
}

/// What an event that is not answered seems to be. It quotes nothing of the event.
fn kind(members: &Map<String, Value>) -> &'static str {
    let has = |name| members.contains_key(name);
    let in_context = |name| {
        let context = members.get("requestContext");
        context.is_some_and(|context| context.get(name).is_some())
    };
    if in_context("connectionId") {
        "an event of a WebSocket API"
    } else if in_context("serviceArn") {
        "a request of VPC Lattice"
    } else if has("methodArn") || has("routeArn") {
        "the request of an authorizer"
    } else if has("Records") {
        "a batch of records, for instance of SQS, SNS or S3,"
    } else if has("detail-type") {
        "an event of EventBridge that is no schedule"
    } else {
        "this event"
    }
}
