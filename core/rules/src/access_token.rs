//! Access tokens: JWTs of the profile RFC 9068.
//!
//! ```compile_fail,E0451
//! // Any code can make claims, but a verified token is made by `CheckedToken::conclude` alone.
//! fn forge(claims: auth_rules::access_token::Claims) -> auth_rules::access_token::VerifiedToken {
//!     auth_rules::access_token::VerifiedToken { claims }
//! }
//! ```

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::jose::{Algorithm, CheckedToken, TokenError, encode_part};
use crate::strict_json::{self, FromMembers};

/// The largest leeway that counts, in seconds; a larger one counts as this.
const MAX_LEEWAY_SECONDS: u32 = 60;

/// The largest time allowed in a claim. Beyond 2^53, parsers that read numbers as doubles lose
/// precision.
const MAX_NUMERIC_DATE: u64 = 1 << 53;

/// The largest size of an issuer and of an audience, in bytes, that hosts must keep to.
#[cfg(test)]
const MAX_NAME_BYTES: usize = 200;

/// The largest size of the claim `roles`, in bytes of JSON. With it, a token with an issuer and an
/// audience of 200 bytes each, the longest key id and the signature of the longest RSA key
/// has at most [`MAX_TOKEN_BYTES`](crate::jose::MAX_TOKEN_BYTES).
const MAX_ROLES_BYTES: usize = 4000;

/// The claims of an access token (RFC 9068 §2.2). Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: the issuer of the token.
    pub issuer: String,
    /// `sub`: the id of the account.
    pub subject: String,
    /// `aud`: the audiences that the token is meant for, at least one.
    pub audience: Vec<String>,
    /// `client_id`: the client that the token was issued to.
    pub client_id: String,
    /// `jti`: the id of this token.
    pub token_id: String,
    /// `sid`: the session that the token belongs to.
    pub session_id: String,
    /// `roles`: the roles that the account had when the token was issued.
    pub roles: Vec<String>,
    /// `iat`: when the token was issued.
    pub issued_at: u64,
    /// `exp`: the first second at which the token is no longer valid, leeway aside.
    pub expires_at: u64,
    /// `auth_time`: when the user proved the password.
    pub authenticated_at: u64,
    /// `amr`: how the user was authenticated (RFC 8176).
    pub methods: Vec<String>,
}

/// What a verifier demands of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation<'a> {
    /// The value that `iss` must have.
    pub issuer: &'a str,
    /// The value that `aud` must contain.
    pub audience: &'a str,
    /// How much the clocks of issuer and verifier may differ, in seconds; more than 60 counts as
    /// 60.
    pub leeway_seconds: u32,
}

/// An access token that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    claims: Claims,
}

impl VerifiedToken {
    /// The claims of the token.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The claims of the token, owned by the caller.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

impl CheckedToken<'_> {
    /// Checks the claims. `signature_is_right` is the keyring's answer whether
    /// [`signature`](Self::signature) was made over [`signing_input`](Self::signing_input) with the
    /// key [`key_id`](Self::key_id).
    ///
    /// With times in milliseconds, a token is valid while `now < exp + leeway`, and from the moment
    /// when `iat ≤ now + leeway` and, if it has an `nbf`, `nbf ≤ now + leeway`.
    pub fn conclude(
        self,
        signature_is_right: bool,
        expected: &Expectation<'_>,
        now_millis: u64,
    ) -> Result<VerifiedToken, TokenError> {
        let payload = self.into_payload(signature_is_right)?;
        let members: Members =
            strict_json::read_object(&payload).map_err(|_| TokenError::Malformed)?;
        let not_before = members.not_before;
        let claims = members.into_claims().ok_or(TokenError::Malformed)?;
        check_parties(&claims, expected)?;
        check_times(&claims, not_before, expected.leeway_seconds, now_millis)?;
        Ok(VerifiedToken { claims })
    }
}

/// Whether a token with these roles is short enough for every verifier.
pub fn roles_fit(roles: &[String]) -> bool {
    to_json(&roles).len() <= MAX_ROLES_BYTES
}

/// The text to sign for a token: header and claims, each in base64url, joined by a dot.
pub fn signing_input(claims: &Claims, key_id: &str, algorithm: Algorithm) -> String {
    let header = Header {
        alg: algorithm.name(),
        kid: key_id,
        typ: "at+jwt",
    };
    let payload = Payload {
        amr: &claims.methods,
        aud: match claims.audience.as_slice() {
            // Many parsers of tokens do not accept an array here.
            [one] => OneOrMany::One(one),
            many => OneOrMany::Many(many),
        },
        auth_time: claims.authenticated_at,
        client_id: &claims.client_id,
        exp: claims.expires_at,
        iat: claims.issued_at,
        iss: &claims.issuer,
        jti: &claims.token_id,
        roles: &claims.roles,
        sid: &claims.session_id,
        sub: &claims.subject,
    };
    [to_json(&header), to_json(&payload)]
        .map(|part| encode_part(part.as_bytes()))
        .join(".")
}

/// The members of a token's header, in the order of their names.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

/// The claims as they are signed, in the order of their names. Structs and not `json!`, whose values
/// would bring the code of maps and of fractions into the component.
#[derive(Serialize)]
struct Payload<'a> {
    amr: &'a [String],
    aud: OneOrMany<'a>,
    auth_time: u64,
    client_id: &'a str,
    exp: u64,
    iat: u64,
    iss: &'a str,
    jti: &'a str,
    roles: &'a [String],
    sid: &'a str,
    sub: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany<'a> {
    One(&'a str),
    Many(&'a [String]),
}

/// Writes strings and integers as JSON, which cannot fail. If it did, the empty text would be a part
/// that every verifier refuses.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Returns the token, made of its [`signing_input`] and the signature over it.
pub fn encode(signing_input: String, signature: &[u8]) -> String {
    let mut token = signing_input;
    token.push('.');
    token.push_str(&encode_part(signature));
    token
}

fn check_parties(claims: &Claims, expected: &Expectation<'_>) -> Result<(), TokenError> {
    if claims.issuer != expected.issuer {
        return Err(TokenError::WrongIssuer);
    }
    if !claims
        .audience
        .iter()
        .any(|audience| audience == expected.audience)
    {
        return Err(TokenError::WrongAudience);
    }
    Ok(())
}

fn check_times(
    claims: &Claims,
    not_before: Option<u64>,
    leeway_seconds: u32,
    now_millis: u64,
) -> Result<(), TokenError> {
    let leeway = u64::from(leeway_seconds.min(MAX_LEEWAY_SECONDS)).saturating_mul(1000);
    let expires_at = claims.expires_at.saturating_mul(1000);
    let valid_from = claims
        .issued_at
        .max(not_before.unwrap_or(0))
        .saturating_mul(1000);
    if valid_from > now_millis.saturating_add(leeway) {
        return Err(TokenError::NotYetValid);
    }
    if now_millis >= expires_at.saturating_add(leeway) {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// The claims while they are read: in any order, and possibly incomplete.
#[derive(Default)]
struct Members {
    issuer: Option<String>,
    subject: Option<String>,
    audience: Option<Audience>,
    client_id: Option<String>,
    token_id: Option<String>,
    session_id: Option<String>,
    roles: Option<Vec<String>>,
    issued_at: Option<u64>,
    expires_at: Option<u64>,
    not_before: Option<u64>,
    authenticated_at: Option<u64>,
    methods: Option<Vec<String>>,
}

impl<'de> FromMembers<'de> for Members {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "iss" => self.issuer = Some(value.next_value()?),
            "sub" => self.subject = Some(value.next_value()?),
            "aud" => self.audience = Some(value.next_value()?),
            "client_id" => self.client_id = Some(value.next_value()?),
            "jti" => self.token_id = Some(value.next_value()?),
            "sid" => self.session_id = Some(value.next_value()?),
            "roles" => self.roles = Some(value.next_value()?),
            "iat" => self.issued_at = Some(numeric_date(value)?),
            "exp" => self.expires_at = Some(numeric_date(value)?),
            "nbf" => self.not_before = Some(numeric_date(value)?),
            "auth_time" => self.authenticated_at = Some(numeric_date(value)?),
            "amr" => self.methods = Some(value.next_value()?),
            _ => strict_json::skip(value)?,
        }
        Ok(())
    }
}

impl Members {
    /// Returns the claims; `None` when one is missing or an id is empty.
    fn into_claims(self) -> Option<Claims> {
        let claims = Claims {
            issuer: self.issuer?,
            subject: self.subject?,
            audience: self.audience?.0,
            client_id: self.client_id?,
            token_id: self.token_id?,
            session_id: self.session_id?,
            roles: self.roles?,
            issued_at: self.issued_at?,
            expires_at: self.expires_at?,
            authenticated_at: self.authenticated_at?,
            methods: self.methods?,
        };
        let ids = [
            &claims.subject,
            &claims.client_id,
            &claims.token_id,
            &claims.session_id,
        ];
        ids.iter().all(|id| !id.is_empty()).then_some(claims)
    }
}

/// Reads a time as this service writes it, as an integer. RFC 7519 §2 would also allow fractions
/// and exponents (`1e3`).
fn numeric_date<'de, A: MapAccess<'de>>(value: &mut A) -> Result<u64, A::Error> {
    let seconds: u64 = value.next_value()?;
    if seconds > MAX_NUMERIC_DATE {
        return Err(A::Error::custom("a time is out of range"));
    }
    Ok(seconds)
}

/// A string, or a non-empty array of strings (RFC 7519 §4.1.3).
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E: Error>(self, one: &str) -> Result<Audience, E> {
        Ok(Audience(vec![one.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Audience, A::Error> {
        let mut audience = Vec::new();
        while let Some(one) = elements.next_element()? {
            audience.push(one);
        }
        if audience.is_empty() {
            return Err(A::Error::custom("no audience"));
        }
        Ok(Audience(audience))
    }
}

#[cfg(test)]
mod tests;
