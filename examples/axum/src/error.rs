//! The reasons to refuse a request, and the answer for each.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The reason to refuse a request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The policy does not permit the request.
    #[error("you may not do this")]
    Forbidden,
    /// The token is not valid, or not for this service.
    #[error("the access token is not valid")]
    InvalidToken,
    /// The request has no token.
    #[error("an access token is needed")]
    NoToken,
    /// Countersign did not answer.
    #[error("try again later")]
    Unavailable(#[from] reqwest::Error),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let detail = Json(json!({ "detail": self.to_string() }));
        // The challenges of RFC 6750 §3.
        let invalid_token = [(WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
        match self {
            Self::Forbidden => (StatusCode::FORBIDDEN, detail).into_response(),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, invalid_token, detail).into_response(),
            Self::NoToken => {
                let challenge = [(WWW_AUTHENTICATE, "Bearer")];
                (StatusCode::UNAUTHORIZED, challenge, detail).into_response()
            }
            Self::Unavailable(error) => {
                tracing::warn!("Countersign does not answer: {error}");
                let later = [(RETRY_AFTER, "5")];
                (StatusCode::SERVICE_UNAVAILABLE, later, detail).into_response()
            }
        }
    }
}
