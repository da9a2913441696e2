//! Access tokens: JWTs of RFC 9068.

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;

use crate::error::ApiError;
use crate::keys::Keys;

/// How far the clocks of this service and of Countersign may differ, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// What this service reads of a token.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The id of the account.
    pub sub: String,
    /// Its roles when the token was issued.
    pub roles: Vec<String>,
}

/// Checks access tokens of one issuer for one audience.
pub struct TokenVerifier {
    /// The keys of the issuer.
    pub keys: Keys,
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must hold.
    pub audience: String,
}

impl TokenVerifier {
    /// The claims of a token that is valid now.
    ///
    /// # Errors
    /// [`ApiError::InvalidToken`], or [`ApiError::Unavailable`] when the keys cannot be fetched.
    pub async fn verify(&self, token: &str) -> Result<Claims, ApiError> {
        let header = decode_header(token).map_err(|_| ApiError::InvalidToken)?;
        let id = key_id(&header).ok_or(ApiError::InvalidToken)?;
        let key = self.keys.find(id).await?.ok_or(ApiError::InvalidToken)?;
        let mut validation = Validation::new(key.algorithm);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        let token = decode(token, &key.decoding, &validation);
        Ok(token.map_err(|_| ApiError::InvalidToken)?.claims)
    }
}

/// The id of the key, the only member of an unverified header that is used. `None` for a token of
/// another type, or with an extension that would have to be understood (RFC 7515 §4.1.11).
fn key_id(header: &Header) -> Option<&str> {
    let is_access_token = header.typ.as_deref()?.eq_ignore_ascii_case("at+jwt");
    let id = header.kid.as_deref()?;
    (is_access_token && header.crit.is_none()).then_some(id)
}
