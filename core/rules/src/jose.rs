//! The compact form of a signed token (RFC 7515 §7.1), read with the rigour of RFC 8725.
//!
//! A token becomes believable in three steps, each of which consumes the one before, so that none can
//! be left out:
//!
//! ```text
//! text ──parse──► UnverifiedToken ──bind(algorithm of the key)──► CheckedToken
//!                                                                      │ conclude(signature verdict,
//!                                                                      ▼          expectation, now)
//!                                                access_token::VerifiedToken
//! ```
//!
//! The algorithm is a property of the key. What the header says has to agree with it and decides
//! nothing (RFC 8725 §3.1). No member of the header that brings or fetches a key is followed.
//!
//! Nothing but the functions named above makes a value of the later types:
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

/// No token of this service is longer, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// No key id is longer, in bytes.
const MAX_KEY_ID_BYTES: usize = 128;

/// How a signature is made (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256; the signature is `r` then `s`.
    Es256,
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

/// Why a token is refused. All of them are the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three strict base64url parts of the right JSON, or a member missing, double or mistyped.
    #[error("the token is malformed")]
    Malformed,
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is too large")]
    TooLarge,
    /// No key of that id, or none that may be used with that algorithm.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature is not that of the key over these bytes.
    #[error("the signature of the token is wrong")]
    BadSignature,
    /// A `crit` or `b64` member: RFC 7515 §4.1.11 demands refusal of what is not understood.
    #[error("the token demands an extension that is not supported")]
    UnsupportedCritical,
    /// `typ` is not `at+jwt` (RFC 9068 §4).
    #[error("the token is not an access token")]
    WrongType,
    /// `iss` is another issuer.
    #[error("the token comes from another issuer")]
    WrongIssuer,
    /// `aud` does not contain the expected audience.
    #[error("the token is meant for another audience")]
    WrongAudience,
    /// `exp` plus the leeway has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies further ahead than the leeway.
    #[error("the token is not yet valid")]
    NotYetValid,
}

/// A well-formed token of which nothing is believed yet.
pub struct UnverifiedToken<'a> {
    signing_input: &'a str,
    key_id: String,
    algorithm: Algorithm,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A token whose algorithm is that of its key: its signature may be verified.
pub struct CheckedToken<'a> {
    token: UnverifiedToken<'a>,
}

impl Algorithm {
    /// The value of `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256, Self::Hs256, Self::Rs256]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }
}

impl<'a> UnverifiedToken<'a> {
    /// Takes a token apart: its three parts, and its header.
    ///
    /// Everything that can be refused without a key is refused here, the cheapest first. The claims
    /// are not looked at before the signature is known to be right.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        // A surplus dot ends up in a part, where it is no character of base64url.
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

    /// The id of the key that is said to have signed: 1 to 128 bytes of `A-Z a-z 0-9 . _ ~ -`.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Binds the token to the algorithm of its key, `None` where the key is unknown.
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

    /// What was signed: header and payload as they were sent (RFC 7515 §5.2).
    pub fn signing_input(&self) -> &str {
        self.token.signing_input
    }

    /// The signature, decoded; never empty.
    pub fn signature(&self) -> &[u8] {
        &self.token.signature
    }

    /// The payload, once its signature is known to be right.
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

/// Decodes a part, which is never empty. One text for each value: no padding, no white space, no bits
/// left over.
fn decode_part(text: &str) -> Result<Vec<u8>, TokenError> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(TokenError::Malformed),
    }
}

#[derive(Default)]
struct Header<'de> {
    /// The outer `None`: no `alg`; the inner one: none of ours.
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
            // Keys from the token itself or from an address in it, and contents that are no claims.
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
    if !is_key_id(&key_id) {
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

/// A key id goes on to adapters, which may look it up in a file, a map or a database: it has no
/// character that means anything to one of them.
fn is_key_id(text: &str) -> bool {
    (1..=MAX_KEY_ID_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}

/// Media types are compared without case, and `application/` may be left out (RFC 7515 §4.1.9).
fn is_access_token_type(text: &str) -> bool {
    text.eq_ignore_ascii_case("at+jwt") || text.eq_ignore_ascii_case("application/at+jwt")
}

#[cfg(test)]
mod tests;
