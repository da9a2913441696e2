//! Reads the keys that `JWT_SECRET_KEY` and the settings beside it hold as text.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::{KeyError, SettingError};
use crate::jwk::UnverifiedJwk;
use crate::key_set::{KeySet, Rotation};
use crate::mac_keys::MacKeys;
use crate::misplaced_key;
use crate::pem;
use crate::signing_key::SigningKey;
use crate::weak_secret::{is_example_secret, is_printed_key};

/// Whether to accept placeholders, and keys and secrets that are printed in manuals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKeys {
    /// For development only: tokens protect nothing real.
    Accepted,
    /// For every deployment where a token protects something.
    Refused,
}

/// The setting texts that [`key_set`] reads.
#[derive(Clone, Copy, Default)]
pub struct KeyTexts<'a> {
    /// The key that signs: a private key in PEM or as JWK. Any other text is the HS256 secret
    /// itself.
    pub current: &'a str,
    /// The key that signed before a rotation. Its tokens are accepted until the last of them has
    /// expired.
    pub previous: Option<&'a str>,
    /// When the current key took over from the previous one, in milliseconds since the Unix epoch;
    /// `None` stands for now.
    pub current_since: Option<u64>,
    /// The key that will sign next. It is published early, so that verifiers learn it in time.
    pub pending: Option<&'a str>,
    /// The secret that refresh and device tokens are derived from. With `None` it is derived from
    /// the current key, and then a new key ends all sessions.
    pub refresh_secret: Option<&'a str>,
    /// The refresh secrets before and after the present one in a rotation. Their tokens are accepted
    /// for as long as they are given.
    pub other_refresh_secrets: [Option<&'a str>; 2],
}

/// The key set of these texts. The secrets behind `signer.mac` are derived from them, so that all
/// servers with the same setting share them. A previous or pending key or refresh secret that cannot
/// be used is left out with a warning, because it must not stop a service that can work without it.
pub(crate) fn key_set(
    texts: KeyTexts<'_>,
    examples: ExampleKeys,
    now: u64,
) -> Result<KeySet, SettingError> {
    let (current, secret) = checked(texts.current, examples)?;
    let mac_keys = mac_keys(texts, &secret, examples)?;
    let neighbour = |name: &str, text: Option<&str>| {
        let key = checked(text?, examples).map(|(key, _)| key);
        let key = key.inspect_err(|error| tracing::warn!(%error, "the {name} key is left out"));
        key.ok().filter(|key| !key.is(&current))
    };
    let previous = neighbour("previous", texts.previous);
    let pending = neighbour("next", texts.pending);
    let current_before = current.id().to_owned();
    let current = distinct(current, "current", previous.as_ref().map(SigningKey::id));
    let pending = pending.map(|key| distinct(key, "next", Some(&current_before)));
    Ok(KeySet::of_rotation(
        Rotation {
            previous,
            current,
            pending,
            current_since: texts.current_since.unwrap_or(now),
        },
        mac_keys,
        now,
    ))
}

/// The key under an id of its own, if an older key has the same id. Tokens of the older key would
/// be void at once otherwise, and verifiers that know the older key would refuse the new tokens.
fn distinct(key: SigningKey, name: &str, taken: Option<&str>) -> SigningKey {
    if taken != Some(key.id()) {
        return key;
    }
    let kid = key.id().to_owned();
    let key = key.named_after_itself();
    tracing::error!(
        kid,
        used = key.id(),
        "the {name} key has the `kid` of an older key and gets another one: give each key its own"
    );
    key
}

/// The keys of `signer.mac`: of the refresh secret if there is one, and of the secret of the signing
/// key otherwise.
fn mac_keys(
    texts: KeyTexts<'_>,
    secret: &[u8],
    examples: ExampleKeys,
) -> Result<MacKeys, SettingError> {
    let Some(current) = texts.refresh_secret else {
        return Ok(MacKeys::derive(secret)?);
    };
    let current = refresh_secret(current, examples)
        .map_err(|error| SettingError::RefreshSecret(error.into()))?;
    let mut keys = MacKeys::derive(current)?;
    for text in texts.other_refresh_secrets.into_iter().flatten() {
        match refresh_secret(text, examples) {
            Ok(other) => keys = keys.with_other(other, u64::MAX)?,
            Err(error) => tracing::warn!(%error, "another refresh secret is left out"),
        }
    }
    Ok(keys)
}

fn refresh_secret(text: &str, examples: ExampleKeys) -> Result<&[u8], SettingError> {
    let text = trimmed(text);
    misplaced_key::refuse(text)?;
    if pem::is_pem(text) || misplaced_key::is_jwk(text) {
        return Err(SettingError::KeyForSecret);
    }
    shared_secret(text, examples)?;
    Ok(text.as_bytes())
}

/// The text without what files begin and end with: a byte-order mark, and line breaks.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
        .trim_end_matches(['\r', '\n'])
}

fn checked(text: &str, examples: ExampleKeys) -> Result<KeyAndSecret, SettingError> {
    let text = trimmed(text);
    misplaced_key::refuse(text)?;
    let (key, secret) = if pem::is_pem(text) {
        private_key(SigningKey::from_pkcs8(&pem::private_key_der(text)?)?)?
    } else if misplaced_key::is_jwk(text) {
        jwk(text, examples)?
    } else {
        shared_secret(text, examples)?
    };
    let printed = key
        .verifying()
        .thumbprint()
        .is_some_and(|thumb| is_printed_key(&thumb));
    refuse_example(printed, examples)?;
    Ok((key, secret))
}

type KeyAndSecret = (SigningKey, Zeroizing<Vec<u8>>);

fn private_key(key: SigningKey) -> Result<KeyAndSecret, SettingError> {
    let secret = key.to_pkcs8()?.ok_or(KeyError::NotPkcs8)?;
    Ok((key, secret))
}

fn jwk(text: &str, examples: ExampleKeys) -> Result<KeyAndSecret, SettingError> {
    let jwk = UnverifiedJwk::parse(text).map_err(SettingError::NotJwk)?;
    jwk.check_use("sign")?;
    if jwk.secret_member().is_none() {
        jwk.public_key()?;
        return Err(SettingError::Public);
    }
    let key = jwk.signing_key()?;
    match jwk.secret()? {
        Some(secret) => {
            let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*secret));
            let readable = std::str::from_utf8(&secret).unwrap_or_default();
            misplaced_key::refuse(readable)?;
            if pem::is_pem(readable) {
                return Err(SettingError::KeyForSecret);
            }
            let example = !readable.is_empty() && is_example_secret(readable);
            refuse_example(example || is_example_secret(&encoded), examples)?;
            Ok((key, secret))
        }
        None => private_key(key),
    }
}

fn shared_secret(text: &str, examples: ExampleKeys) -> Result<KeyAndSecret, SettingError> {
    let key = SigningKey::shared(text.as_bytes())?;
    refuse_example(is_example_secret(text), examples)?;
    Ok((key, Zeroizing::new(text.as_bytes().to_vec())))
}

fn refuse_example(is_example: bool, examples: ExampleKeys) -> Result<(), SettingError> {
    if is_example && examples == ExampleKeys::Refused {
        return Err(SettingError::Example);
    }
    Ok(())
}
