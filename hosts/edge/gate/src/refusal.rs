//! Why a request does not pass.

use std::time::Duration;

use auth_runtime::TokenError;
use http::StatusCode;

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It needs a token and has none.
    TokenRequired,
    /// The header `Authorization` holds no token, or stands twice.
    MalformedBearer,
    /// The component refuses the token.
    Token(TokenError),
    /// The roles of the token do not allow this permission.
    Permission(String),
    /// The policy has routes, and none matches.
    NoRoute,
    /// Programs may read the path in different ways.
    AmbiguousPath,
    /// The host demands a permission of another form.
    MalformedPermission,
    /// The token cannot be judged at the moment.
    Unavailable {
        /// How long to wait before another attempt.
        retry_after: Duration,
    },
}

impl Refusal {
    /// The status of the answer. Proxies understand these alone: nginx takes every other one for a
    /// failure.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TokenRequired | Self::MalformedBearer | Self::Token(_) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Permission(_) | Self::NoRoute | Self::AmbiguousPath => StatusCode::FORBIDDEN,
            Self::MalformedPermission => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The challenge for the header `WWW-Authenticate` (RFC 6750 §3); `None` where another token would
    /// not help.
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        match self {
            // RFC 6750 §3.1: no error code for a request without a token.
            Self::TokenRequired => Some("Bearer"),
            Self::MalformedBearer | Self::Token(_) => Some(r#"Bearer error="invalid_token""#),
            Self::Permission(_) => Some(r#"Bearer error="insufficient_scope""#),
            _ => None,
        }
    }

    /// The reason in one word, stable and for programs: for a token the name that the contract gives it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TokenRequired => "token-required",
            Self::MalformedBearer => "malformed",
            Self::Token(error) => error.name(),
            Self::Permission(_) => "permission",
            Self::NoRoute => "no-route",
            Self::AmbiguousPath => "ambiguous-path",
            Self::MalformedPermission => "malformed-permission",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// What is wrong, in one sentence without a final stop.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::TokenRequired => "a token is needed".to_owned(),
            Self::MalformedBearer => {
                "the header Authorization holds no single bearer token".to_owned()
            }
            Self::Token(error) => format!("the token is refused: {}", error.name()),
            Self::Permission(permission) => format!("this needs the permission `{permission}`"),
            Self::NoRoute => "no route of the policy allows this request".to_owned(),
            Self::AmbiguousPath => "the path can be read in several ways".to_owned(),
            Self::MalformedPermission => {
                "a permission is `resource:action`, without wildcards".to_owned()
            }
            Self::Unavailable { .. } => "tokens cannot be checked now".to_owned(),
        }
    }
}
