//! What this service asks of Countersign.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::json;

use crate::error::ApiError;
use crate::keys::Keys;
use crate::settings::Settings;
use crate::token::TokenVerifier;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Countersign, as this service sees it: its keys, and its decisions.
pub struct Countersign {
    /// Checks the tokens that it issued.
    pub verifier: TokenVerifier,
    client: reqwest::Client,
    authorize: String,
}

#[derive(Deserialize)]
struct Decision {
    allowed: bool,
}

impl Countersign {
    /// Makes no call yet: this service starts while Countersign is away.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .build()?;
        let url = settings.countersign.trim_end_matches('/');
        let keys = format!("{url}/.well-known/jwks.json");
        Ok(Self {
            verifier: TokenVerifier {
                keys: Keys::new(client.clone(), keys, settings.cool_down),
                issuer: settings.issuer.clone(),
                audience: settings.audience.clone(),
            },
            client,
            authorize: format!("{url}/v1/authorize"),
        })
    }

    /// Whether the policy permits this to the bearer of the token, where the resource has this owner.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] when it does not, and [`ApiError::Unavailable`] when no decision comes.
    pub async fn authorize(
        &self,
        token: &str,
        permission: &str,
        owner: &str,
    ) -> Result<(), ApiError> {
        let question = json!({ "permission": permission, "owner": owner });
        let request = self.client.post(&self.authorize).bearer_auth(token);
        let answer = request.json(&question).send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(ApiError::InvalidToken);
        }
        let decision: Decision = answer.error_for_status()?.json().await?;
        decision.allowed.then_some(()).ok_or(ApiError::Forbidden)
    }
}
