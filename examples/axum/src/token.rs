//! Checks access tokens, which are JWTs as RFC 9068 profiles them.

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;

use crate::error::ApiError;
use crate::keys::Keys;

/// How far the clocks of this service and of Countersign may differ, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// The claims of a token that this service reads.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The id of the account.
    pub sub: String,
    /// The roles of the account when the token was issued.
    pub roles: Vec<String>,
}

/// Checks access tokens of one issuer for one audience.
pub struct TokenVerifier {
    /// The keys of the issuer.
    pub keys: Keys,
    /// The value that `iss` must have.
    pub issuer: String,
    /// A value that `aud` must contain.
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

/// The key id, which is the only header member that is used before the token is verified. `None`
/// for a token of another type, or with an extension that would have to be understood (RFC 7515
/// §4.1.11).
fn key_id(header: &Header) -> Option<&str> {
    let is_access_token = header.typ.as_deref()?.eq_ignore_ascii_case("at+jwt");
    let id = header.kid.as_deref()?;
    (is_access_token && header.crit.is_none()).then_some(id)
}
