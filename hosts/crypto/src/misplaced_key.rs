//! Recognises key material in a form that is not read here.
//!
//! Any text can be a shared secret. A public key, a path or a token must not silently become one,
//! because others know it (RFC 8725 §3.5), and neither must a private key in another wrapping,
//! because its owner expects signatures that anybody can verify.

#[cfg(test)]
mod tests;

use std::str;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::der::{self, Kind};
use crate::error::SettingError;
use crate::pem;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// How paths begin that are not absolute.
const PATH_STARTS: [&str; 3] = ["../", "./", "~/"];
/// The first folders of absolute paths that a random secret does not begin with by chance.
const PATH_ROOTS: [&str; 17] = [
    "Users", "app", "data", "etc", "home", "keys", "mnt", "opt", "private", "root", "run",
    "secrets", "srv", "tmp", "usr", "var", "vault",
];
const PATH_ENDS: [&str; 13] = [
    ".cer", ".crt", ".der", ".env", ".json", ".jwk", ".jwks", ".key", ".p8", ".pem", ".pk8",
    ".pub", ".txt",
];
/// How a line of a settings file begins.
const ASSIGNMENTS: [&str; 3] = ["COUNTERSIGN_REFRESH_SECRET=", "JWT_SECRET_KEY=", "export "];

/// The members that tell what a JSON object is.
#[derive(Deserialize)]
struct Shape {
    keys: Option<IgnoredAny>,
    kty: Option<IgnoredAny>,
}

/// Whether the text is meant to be a JWK.
pub(crate) fn is_jwk(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("kty")
}

/// Refuses the text if it is recognised as something other than a key in PEM, a JWK, or a secret.
///
/// # Errors
/// The likely mistake.
pub(crate) fn refuse(text: &str) -> Result<(), SettingError> {
    let text = text.trim();
    let mistake = of_wrapping(text)
        .or_else(|| of_reference(text))
        .or_else(|| of_public_text(text))
        .or_else(|| of_encoding(text));
    mistake.map_or(Ok(()), Err)
}

/// A key inside quotes, JSON or a line of a settings file.
fn of_wrapping(text: &str) -> Option<SettingError> {
    let holds_key = pem::is_pem(text) || text.contains("kty");
    if is_between(text, &[('"', '"'), ('\'', '\''), ('`', '`')]) && holds_key {
        return Some(SettingError::Quoted);
    }
    if ASSIGNMENTS.iter().any(|start| text.starts_with(start)) {
        return Some(SettingError::Assignment);
    }
    if text.starts_with('[') {
        let list = serde_json::from_str::<Vec<IgnoredAny>>(text);
        return (list.is_ok() || holds_key).then_some(SettingError::Wrapped);
    }
    if !text.starts_with('{') || text.starts_with("{{") {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(Shape { kty: Some(_), .. }) => None,
        Ok(Shape { keys: Some(_), .. }) => Some(SettingError::KeySet),
        Ok(_) => Some(SettingError::Wrapped),
        Err(_) => pem::is_pem(text).then_some(SettingError::Wrapped),
    }
}

/// Text that says where a key is.
fn of_reference(text: &str) -> Option<SettingError> {
    if [
        "arn:",
        "secretsmanager:",
        "ssm:",
        "vault:",
        "op://",
        "{{resolve:",
    ]
    .iter()
    .any(|start| text.starts_with(start))
    {
        return Some(SettingError::Reference);
    }
    if is_placeholder(text) {
        return Some(SettingError::Placeholder);
    }
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if scheme != "file" && rest.starts_with("//") && scheme.bytes().all(in_scheme) {
        return Some(SettingError::Address);
    }
    is_path(text).then_some(SettingError::Path)
}

fn is_placeholder(text: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let ends = [('<', '>'), ('%', '%')];
    let inner = text
        .get(1..text.len().saturating_sub(1))
        .unwrap_or_default();
    text.starts_with("${") && text.ends_with('}')
        || text.starts_with("$(") && text.ends_with(')')
        || text.starts_with("{{") && text.ends_with("}}")
        || text
            .strip_prefix('$')
            .is_some_and(|rest| rest.bytes().all(name))
        || is_between(text, &ends)
            && inner
                .bytes()
                .all(|byte| name(byte) || b" -".contains(&byte) || byte.is_ascii_lowercase())
}

fn is_path(text: &str) -> bool {
    let is_drive = |text: &str| {
        let mut characters = text.chars();
        characters
            .next()
            .is_some_and(|drive| drive.is_ascii_alphabetic())
            && characters.next() == Some(':')
            && matches!(characters.next(), Some('\\' | '/'))
    };
    let root = text.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    let lower = text.to_ascii_lowercase();
    let like_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/\\._-~: ".contains(&byte);
    !text.contains('\n')
        && (text.starts_with("file:")
            || root.is_some_and(|(root, _)| PATH_ROOTS.contains(&root))
            || PATH_STARTS.iter().any(|start| text.starts_with(start))
            || is_drive(text)
            || PATH_ENDS.iter().any(|end| lower.ends_with(end)) && text.bytes().all(like_path))
}

/// A token, or a public key in the form of OpenSSH.
fn of_public_text(text: &str) -> Option<SettingError> {
    let is_part = |part: &str| URL_SAFE.decode(part).is_ok();
    if text.starts_with("eyJ") && text.contains('.') && text.split('.').all(is_part) {
        return Some(SettingError::Token);
    }
    let is_openssh = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
        .iter()
        .any(|start| text.starts_with(start));
    (is_openssh && text.contains(" AAAA")).then_some(SettingError::Public)
}

/// The base64 or hexadecimal text of a key.
fn of_encoding(text: &str) -> Option<SettingError> {
    let text = Zeroizing::new(text.replace("\\r", "").replace("\\n", ""));
    let bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let text: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.collect());
    let hexadecimal = from_hexadecimal(&text);
    let is_hexadecimal = hexadecimal.is_some();
    let decoded = hexadecimal
        .or_else(|| STANDARD.decode(&*text).ok().map(Zeroizing::new))
        .or_else(|| URL_SAFE.decode(&*text).ok().map(Zeroizing::new))?;
    let inner = str::from_utf8(&decoded).unwrap_or_default();
    if pem::is_pem(inner) {
        return Some(SettingError::Encoded("PEM"));
    }
    if inner.trim_start().starts_with('{') && inner.contains("\"kty\"") {
        return Some(SettingError::Encoded("JWK"));
    }
    if decoded.starts_with(b"openssh-key-v1") {
        return Some(SettingError::OpenSsh);
    }
    match der::kind(&decoded)? {
        Kind::Public => Some(SettingError::Public),
        Kind::Private if is_hexadecimal => Some(SettingError::Encoded("DER")),
        Kind::Private => Some(SettingError::BareBody),
    }
}

fn from_hexadecimal(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.iter().map(|byte| char::from(*byte).to_digit(16));
    let digits: Option<Zeroizing<Vec<u32>>> =
        digits.collect::<Option<Vec<_>>>().map(Zeroizing::new);
    let bytes = digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()?;
    Some(Zeroizing::new(bytes))
}

fn is_between(text: &str, ends: &[(char, char)]) -> bool {
    text.len() > 1
        && ends
            .iter()
            .any(|(start, end)| text.starts_with(*start) && text.ends_with(*end))
}
