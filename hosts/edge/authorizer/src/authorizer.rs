//! Answers the events of API Gateway.

use std::sync::Once;

use auth_gate::{Asked, Gate, Refusal};
use auth_runtime::Claims;
use http::StatusCode;
use lambda_runtime::Diagnostic;
use serde_json::Value;

use crate::answer::{Scope, is_literal, policy, simple};
use crate::event::{Api, AuthorizerEvent, EventError, MethodArn};

/// Why an event has no answer. API Gateway then refuses the request, and keeps nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// A REST API answers the client with 401 when an authorizer fails with exactly this word.
    #[error("Unauthorized")]
    Unauthorized,
    /// There are no keys, or the component failed: the client gets a 500.
    #[error("tokens cannot be checked now")]
    Unavailable,
    /// The event cannot be read.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl From<Unanswered> for Diagnostic {
    fn from(unanswered: Unanswered) -> Self {
        let error_type = match unanswered {
            Unanswered::Unauthorized => "Unauthorized",
            Unanswered::Unavailable => "Unavailable",
            Unanswered::Event(EventError::Incomplete(_)) => "MalformedEvent",
            Unanswered::Event(EventError::Unsupported) => "UnsupportedEvent",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: unanswered.to_string(),
        }
    }
}

/// Warns once that answers may be kept for other requests.
static UNKEYED: Once = Once::new();

/// Answers events by a gate.
pub struct Authorizer {
    gate: Gate,
}

impl Authorizer {
    /// An authorizer that lets pass whom the gate lets pass.
    #[must_use]
    pub fn new(gate: Gate) -> Self {
        Self { gate }
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Answers one event.
    ///
    /// # Errors
    /// When nobody may pass and nothing of it may be kept.
    pub async fn answer(&self, event: &Value) -> Result<Value, Unanswered> {
        let AuthorizerEvent {
            api,
            method,
            target,
            headers,
        } = AuthorizerEvent::read(event)?;
        // Lambda stops the process between two events, so nothing goes on in the background.
        self.gate.keys().renew().await;
        let asked = Asked {
            method: &method,
            target: &target,
            permissions: &[],
        };
        let judged = self.gate.judge(&headers, asked).await;
        if let Err(refusal) = &judged {
            let path = target.split('?').next().unwrap_or_default();
            tracing::info!(method, path, reason = refusal.reason(), "refused");
        }
        match api {
            Api::Rest(arn) => self.of_rest_api(&arn, judged),
            Api::Http {
                is_keyed_by_request,
            } => {
                self.warn_of_cache(is_keyed_by_request);
                of_http_api(judged)
            }
        }
    }

    fn of_rest_api(
        &self,
        arn: &MethodArn,
        judged: Result<Option<Claims>, Refusal>,
    ) -> Result<Value, Unanswered> {
        let scope = match self.gate.routes().is_empty() {
            true => Scope::Stage,
            false => Scope::Request,
        };
        let claims = match judged {
            Ok(claims) => claims,
            Err(refusal) => {
                return match refusal.status() {
                    StatusCode::UNAUTHORIZED => Err(Unanswered::Unauthorized),
                    StatusCode::SERVICE_UNAVAILABLE => Err(Unanswered::Unavailable),
                    _ => Ok(policy(arn, Scope::Request, "Deny", None)),
                };
            }
        };
        if scope == Scope::Request && !is_literal(arn) {
            tracing::warn!("refused: IAM takes a character of the path for a wildcard");
            return Ok(policy(arn, scope, "Deny", None));
        }
        Ok(policy(arn, scope, "Allow", claims.as_ref()))
    }

    fn warn_of_cache(&self, is_keyed_by_request: bool) {
        if !self.gate.routes().is_empty() && !is_keyed_by_request {
            UNKEYED.call_once(|| {
                tracing::warn!(
                    "the policy has routes: unless caching is off, add $context.httpMethod and \
                     $context.path to the identity sources, or one answer is kept for all routes"
                );
            });
        }
    }
}

fn of_http_api(judged: Result<Option<Claims>, Refusal>) -> Result<Value, Unanswered> {
    match judged {
        Ok(claims) => Ok(simple(true, claims.as_ref())),
        Err(Refusal::Unavailable { .. }) => Err(Unanswered::Unavailable),
        Err(_) => Ok(simple(false, None)),
    }
}
