//! What access tokens say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What an access token says.
#[derive(Clone)]
pub(crate) struct Claims {
    pub(crate) account_id: String,
    pub(crate) session_id: String,
    pub(crate) roles: Vec<String>,
    /// In seconds since the Unix epoch.
    pub(crate) issued_at: u64,
    /// The same.
    pub(crate) expires_at: u64,
}

/// Reads what an access token says, without a check.
pub(crate) fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let text = |name: &str| Some(claims[name].as_str()?.to_owned());
    let roles = claims["roles"].as_array()?.iter();
    Some(Claims {
        account_id: text("sub")?,
        session_id: text("sid")?,
        roles: roles
            .filter_map(|role| role.as_str().map(str::to_owned))
            .collect(),
        issued_at: claims["iat"].as_u64()?,
        expires_at: claims["exp"].as_u64()?,
    })
}
