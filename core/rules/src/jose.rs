//! Parses the compact form of a signed token (RFC 7515 §7.1), as strictly as RFC 8725 advises.
//!
//! A token becomes trusted in three steps. Each step consumes the result of the one before, so that
//! no step can be left out:
//!
//! ```text
//! text ──parse──► UnverifiedToken ──bind(algorithm of the key)──► CheckedToken
//!                                                                      │ conclude(signature verdict,
//!                                                                      ▼          expectation, now)
//!                                                access_token::VerifiedToken
//! ```
//!
//! The key determines the algorithm. The header must name the same one, but it decides nothing (RFC
//! 8725 §3.1). A header that carries a key or says where to fetch one is refused.
//!
//! Only the functions named above make values of the later types:
//!
//! ```compile_fail,E0451
//! use auth_rules::jose::CheckedToken;
//! fn skip_the_key(token: auth_rules::jose::UnverifiedToken<'_>) -> CheckedToken<'_> {
//!     CheckedToken { token }
//! }
//! ```
//!
//! ```compile_fail,E0599
//! fn believe(token: auth_rules::jose::UnverifiedToken<'_>) -> usize {
//!     token.claims().roles.len()
//! }
//! ```

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::MapAccess;

use crate::strict_json::{self, FromMembers, Text};

/// The largest size of a token that this service accepts, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The largest size of a key id, in bytes.
pub const MAX_KEY_ID_BYTES: usize = 256;

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// EdDSA with Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256; the signature is `r` followed by `s`.
    Es256,
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

/// Why a token is refused. Each reason is an error of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token is not three strict base64url parts that hold the right JSON, or a member is
    /// missing, repeated or of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// The token is longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is too large")]
    TooLarge,
    /// No key has this id, or the key has another algorithm than the token names.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature was not made by this key over these bytes.
    #[error("the signature of the token is wrong")]
    BadSignature,
    /// The header has the member `crit` or `b64`. RFC 7515 §4.1.11 demands that a recipient refuse
    /// extensions that it does not understand.
    #[error("the token demands an extension that is not supported")]
    UnsupportedCritical,
    /// `typ` is not `at+jwt` (RFC 9068 §4).
    #[error("the token is not an access token")]
    WrongType,
    /// `iss` names another issuer.
    #[error("the token comes from another issuer")]
    WrongIssuer,
    /// `aud` does not contain the expected audience.
    #[error("the token is meant for another audience")]
    WrongAudience,
    /// `exp` plus the leeway has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is further in the future than the leeway allows.
    #[error("the token is not yet valid")]
    NotYetValid,
}

/// A well-formed token. Nothing that it claims may be trusted yet.
pub struct UnverifiedToken<'a> {
    signing_input: &'a str,
    key_id: String,
    algorithm: Algorithm,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A token that names the algorithm of its key, so that its signature may be verified.
pub struct CheckedToken<'a> {
    token: UnverifiedToken<'a>,
}

impl Algorithm {
    /// The name of the algorithm in `alg` of the tokens that the service signs.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of a registered name, which is case-sensitive. RFC 9864 §2.2 gives EdDSA with
    /// Ed25519 a name of its own, for the same signatures.
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "HS256" => Some(Self::Hs256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

impl<'a> UnverifiedToken<'a> {
    /// Splits a token into its three parts and parses the header.
    ///
    /// Everything that can be refused without a key is refused here, cheapest checks first. The
    /// claims are read only after the signature has been verified.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        // A surplus dot ends up inside a part, where base64url does not allow it.
        let (signing_input, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenError::Malformed)?;
        let (algorithm, key_id) = read_header(&decode_part(header)?)?;
        let payload = decode_part(payload)?;
        let signature = decode_part(signature)?;
        Ok(Self {
            signing_input,
            key_id,
            algorithm,
            payload,
            signature,
        })
    }

    /// The id of the key that the token names: any text of 1 to [`MAX_KEY_ID_BYTES`] bytes. Compare it
    /// as a whole, and never use it as a path or a query.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The signed text: header and payload exactly as they were sent (RFC 7515 §5.2).
    pub fn signing_input(&self) -> &'a str {
        self.signing_input
    }

    /// The signature, decoded; never empty.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Binds the token to the algorithm of its key; `None` stands for an unknown key.
    pub fn bind(self, key_algorithm: Option<Algorithm>) -> Result<CheckedToken<'a>, TokenError> {
        if key_algorithm != Some(self.algorithm) {
            return Err(TokenError::UnknownKey);
        }
        Ok(CheckedToken { token: self })
    }
}

impl CheckedToken<'_> {
    /// The id of the key to verify with.
    pub fn key_id(&self) -> &str {
        &self.token.key_id
    }

    /// The signed text: header and payload exactly as they were sent (RFC 7515 §5.2).
    pub fn signing_input(&self) -> &str {
        self.token.signing_input
    }

    /// The signature, decoded; never empty.
    pub fn signature(&self) -> &[u8] {
        &self.token.signature
    }

    /// Returns the payload, if its signature is right.
    pub(crate) fn into_payload(self, signature_is_right: bool) -> Result<Vec<u8>, TokenError> {
        if !signature_is_right {
            return Err(TokenError::BadSignature);
        }
        Ok(self.token.payload)
    }
}

/// Encodes a part of a token: base64url without padding (RFC 7515 §2).
pub(crate) fn encode_part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes a part, which must not be empty. Each value has exactly one text: padding, white space
/// and unused bits that are not zero are refused.
fn decode_part(text: &str) -> Result<Vec<u8>, TokenError> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(TokenError::Malformed),
    }
}

#[derive(Default)]
struct Header<'de> {
    /// The outer `None` means that `alg` is missing, the inner one that it names an unknown
    /// algorithm.
    algorithm: Option<Option<Algorithm>>,
    key_id: Option<Cow<'de, str>>,
    media_type: Option<Cow<'de, str>>,
    demands_extension: bool,
    misleads: bool,
}

impl<'de> FromMembers<'de> for Header<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "alg" => {
                self.algorithm = Some(Algorithm::from_name(&value.next_value_seed(Text)?));
                return Ok(());
            }
            "kid" => {
                self.key_id = Some(value.next_value_seed(Text)?);
                return Ok(());
            }
            "typ" => {
                self.media_type = Some(value.next_value_seed(Text)?);
                return Ok(());
            }
            "crit" | "b64" => self.demands_extension = true,
            // These members carry a key, say where to fetch one, or say that the contents are not
            // plain claims.
            "jku" | "jwk" | "x5u" | "x5c" | "zip" | "cty" => self.misleads = true,
            _ => {}
        }
        strict_json::skip(value)
    }
}

fn read_header(json: &[u8]) -> Result<(Algorithm, String), TokenError> {
    let header: Header<'_> = strict_json::read_object(json).map_err(|_| TokenError::Malformed)?;
    if header.demands_extension {
        return Err(TokenError::UnsupportedCritical);
    }
    let (Some(algorithm), Some(key_id), false) = (header.algorithm, header.key_id, header.misleads)
    else {
        return Err(TokenError::Malformed);
    };
    // Any string is a key id (RFC 7517 §4.5), so only its size is judged.
    if !(1..=MAX_KEY_ID_BYTES).contains(&key_id.len()) {
        return Err(TokenError::Malformed);
    }
    if !header
        .media_type
        .is_some_and(|media_type| is_access_token_type(&media_type))
    {
        return Err(TokenError::WrongType);
    }
    Ok((
        algorithm.ok_or(TokenError::UnknownKey)?,
        key_id.into_owned(),
    ))
}

/// Whether `text` is the media type of an access token. Case does not matter, and `application/`
/// may be left out (RFC 7515 §4.1.9).
fn is_access_token_type(text: &str) -> bool {
    text.eq_ignore_ascii_case("at+jwt") || text.eq_ignore_ascii_case("application/at+jwt")
}

#[cfg(test)]
mod tests;
