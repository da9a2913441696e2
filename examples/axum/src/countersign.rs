//! A client of Countersign: its keys, and its decisions.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::json;

use crate::error::ApiError;
use crate::keys::Keys;
use crate::settings::Settings;
use crate::token::TokenVerifier;

/// The longest time that a call may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Countersign as this service uses it: for its keys, and for its decisions.
pub struct Countersign {
    /// Checks the access tokens that Countersign issued.
    pub verifier: TokenVerifier,
    client: reqwest::Client,
    authorize: String,
}

#[derive(Deserialize)]
struct Decision {
    allowed: bool,
}

impl Countersign {
    /// A client that has made no call yet, so this service can start while Countersign is down.
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

    /// Checks that the policy permits this to the bearer of the token, for a resource of this
    /// owner.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] when the policy does not permit it, and [`ApiError::Unavailable`]
    /// when Countersign gives no decision.
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
        // The owner comes from the path of a request, and may be no id of an account.
        if answer.status() == StatusCode::UNPROCESSABLE_ENTITY {
            return Err(ApiError::Forbidden);
        }
        let decision: Decision = answer.error_for_status()?.json().await?;
        decision.allowed.then_some(()).ok_or(ApiError::Forbidden)
    }
}
