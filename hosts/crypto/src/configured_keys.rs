//! Reads the keys that `JWT_SECRET_KEY` and the settings beside it hold as text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::{KeyError, SettingError};
use crate::jwk::UnverifiedJwk;
use crate::key_set::KeySet;
use crate::mac_keys::MacKeys;
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
#[derive(Clone, Copy)]
pub struct KeyTexts<'a> {
    /// The key that signs: a private key in PEM or as JWK. Any other text is the HS256 secret
    /// itself.
    pub current: &'a str,
    /// The key that signed before a rotation. Its tokens are still accepted.
    pub previous: Option<&'a str>,
    /// The key that will sign next. It is published early, so that verifiers learn it in time.
    pub pending: Option<&'a str>,
    /// The secret that refresh and device tokens are derived from. With `None` it is derived from
    /// the current key, and then a new key ends all sessions.
    pub refresh_secret: Option<&'a str>,
}

/// The key set of these texts. The secrets behind `signer.mac` are derived from them, so that all
/// servers with the same setting share them. A previous or pending key that cannot be used is left
/// out with a warning, because it must not stop a service that can work without it.
pub(crate) fn key_set(
    texts: KeyTexts<'_>,
    examples: ExampleKeys,
    now: u64,
) -> Result<KeySet, SettingError> {
    let (current, secret) = checked(texts.current, examples)?;
    let mac_keys = match texts.refresh_secret {
        None => MacKeys::derive(&secret)?,
        Some(text) => {
            let text = text.trim_end_matches(['\r', '\n']);
            shared_secret(text, examples)?;
            MacKeys::derive(text.as_bytes())?
        }
    };
    let neighbour = |name: &str, text: Option<&str>| {
        let key = checked(text?, examples).map(|(key, _)| key);
        let key = key.inspect_err(|error| tracing::warn!(%error, "the {name} key is left out"));
        key.ok().filter(|key| key.id() != current.id())
    };
    let previous = neighbour("previous", texts.previous);
    let pending = neighbour("next", texts.pending);
    Ok(KeySet::of_rotation(
        previous, current, pending, mac_keys, now,
    ))
}

fn checked(text: &str, examples: ExampleKeys) -> Result<KeyAndSecret, SettingError> {
    let text = text.trim_end_matches(['\r', '\n']);
    let (key, secret) = if pem::is_pem(text) {
        private_key(SigningKey::from_pkcs8(&pem::private_key_der(text)?)?)?
    } else if text.trim_start().starts_with('{') {
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
    let jwk = UnverifiedJwk::parse(text)?;
    jwk.check_use("sign")?;
    if jwk.secret_member().is_none() {
        jwk.public_key()?;
        return Err(SettingError::Public);
    }
    let key = jwk.signing_key()?;
    match jwk.secret()? {
        Some(secret) => {
            let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*secret));
            let readable = std::str::from_utf8(&secret).is_ok_and(is_example_secret);
            refuse_example(readable || is_example_secret(&encoded), examples)?;
            Ok((key, secret))
        }
        None => private_key(key),
    }
}

fn shared_secret(text: &str, examples: ExampleKeys) -> Result<KeyAndSecret, SettingError> {
    if text.starts_with("arn:") || text.starts_with("secretsmanager:") {
        return Err(SettingError::Reference);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    use base64::engine::general_purpose::STANDARD;

    use crate::algorithm::Algorithm;
    use crate::vectors::*;
    use ExampleKeys::{Accepted, Refused};
    use auth_runtime::Purpose;

    fn key_set(text: &str, examples: ExampleKeys) -> Result<KeySet, SettingError> {
        super::key_set(only(text), examples, 0)
    }

    fn only(current: &str) -> KeyTexts<'_> {
        KeyTexts {
            current,
            previous: None,
            pending: None,
            refresh_secret: None,
        }
    }

    const SECRET: &str = "q8vN2kRz5TgW1xYb7LmE4hJc9PdS6uAf";

    fn pem(label: &str, der: &[u8]) -> String {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            STANDARD.encode(der)
        )
    }

    fn generated(algorithm: Algorithm) -> (SigningKey, String) {
        let key = SigningKey::generate(algorithm).unwrap();
        let pem = pem("PRIVATE KEY", &key.to_pkcs8().unwrap().unwrap());
        (key, pem)
    }

    fn error(text: &str, examples: ExampleKeys) -> String {
        match key_set(text, examples) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn takes_a_private_key_in_pem() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
            let (key, pem) = generated(algorithm);
            for text in [
                pem.clone(),
                pem.replace('\n', "\\n"),
                pem.replace('\n', "\r\n"),
                format!("\n {pem} \n"),
            ] {
                let set = key_set(&text, Refused).unwrap();
                assert_eq!(set.active(0).unwrap().id(), key.id());
                assert_eq!(set.active(u64::MAX).unwrap().algorithm(), algorithm);
            }
        }
    }

    #[test]
    fn takes_a_private_key_as_jwk() {
        for (jwk, algorithm) in [
            (ED25519_JWK, Algorithm::EdDsa),
            (ES256_JWK, Algorithm::Es256),
            (HS256_JWK, Algorithm::Hs256),
            (RS256_JWK, Algorithm::Rs256),
        ] {
            assert_eq!(
                key_set(jwk, Accepted)
                    .unwrap()
                    .active(0)
                    .unwrap()
                    .algorithm(),
                algorithm
            );
        }
        let named = ED25519_JWK.replacen('{', r#"{"kid":"2026-a","use":"sig","alg":"EdDSA","#, 1);
        assert_eq!(
            key_set(&named, Accepted).unwrap().active(0).unwrap().id(),
            "2026-a"
        );
    }

    #[test]
    fn pem_and_jwk_of_one_key_are_the_same() {
        for (jwk, pem) in [(ED25519_JWK, ED25519_PEM), (RS256_JWK, RS256_PEM)] {
            let (jwk, pem) = (
                key_set(jwk, Accepted).unwrap(),
                key_set(pem, Accepted).unwrap(),
            );
            assert_eq!(jwk.jwks(0), pem.jwks(0));
            let mac = |set: &KeySet| set.mac(Purpose::RefreshToken, b"message");
            assert_eq!(mac(&jwk), mac(&pem));
        }
    }

    #[test]
    fn takes_a_shared_secret_and_never_publishes_it() {
        let set = key_set(SECRET, Refused).unwrap();
        assert_eq!(set.active(0).unwrap().algorithm(), Algorithm::Hs256);
        assert_eq!(set.jwks(0), r#"{"keys":[]}"#);
        let with_line_break = key_set(&format!("{SECRET}\n"), Refused).unwrap();
        assert_eq!(
            with_line_break.active(0).unwrap().id(),
            set.active(0).unwrap().id()
        );
    }

    #[test]
    fn macs_differ_by_purpose_and_key() {
        let one = key_set(SECRET, Refused).unwrap();
        let other = key_set(&SECRET.replace('q', "r"), Refused).unwrap();
        let macs = [
            one.mac(Purpose::RefreshToken, b"message"),
            one.mac(Purpose::DeviceToken, b"message"),
            one.mac(Purpose::RefreshToken, b"another"),
            other.mac(Purpose::RefreshToken, b"message"),
            one.active(0).unwrap().sign(b"message").unwrap(),
        ];
        for (place, mac) in macs.iter().enumerate() {
            assert_eq!(mac.len(), 32);
            assert!(!macs[..place].contains(mac), "{place}");
        }
        assert_eq!(one.mac(Purpose::RefreshToken, b"message"), macs[0]);
    }

    #[test]
    fn examples_serve_in_development_only() {
        let printed = URL_SAFE_NO_PAD.encode("a-string-secret-at-least-256-bits-long");
        for text in [
            ED25519_JWK,
            ED25519_PEM,
            ES256_JWK,
            HS256_JWK,
            RS256_JWK,
            RS256_PEM,
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "changeme-changeme-changeme-changeme",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            &format!(r#"{{"kty":"oct","k":"{printed}"}}"#),
        ] {
            assert!(key_set(text, Accepted).is_ok(), "{text}");
            assert!(
                error(text, Refused).contains("an example or a placeholder"),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_weak_and_misplaced_keys_everywhere() {
        let (public_key, _) = generated(Algorithm::EdDsa);
        let public = public_key.verifying().to_jwk().unwrap().to_string();
        let with = |members: &str| ED25519_JWK.replacen('{', &format!("{{{members},"), 1);
        let rsa = |from: &str, to: &str| RS256_JWK.replace(from, to);
        for (text, sentence) in [
            (String::new(), "at least 32 bytes"),
            ("secret".to_owned(), "at least 32 bytes"),
            ("your-256-bit-secret".to_owned(), "at least 32 bytes"),
            (SECRET[1..].to_owned(), "at least 32 bytes"),
            (
                r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned(),
                "at least 32 bytes",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:jwt-a1b2c3".to_owned(),
                "it is a reference",
            ),
            (
                "secretsmanager:a-rather-long-name-of-a-secret".to_owned(),
                "it is a reference",
            ),
            (RSA_1024_PEM.to_owned(), "2048 to 8192 bits"),
            (
                P384_PEM.to_owned(),
                "neither an Ed25519 nor a P-256 nor an RSA key",
            ),
            (
                pem("EC PRIVATE KEY", b"x"),
                "`openssl pkcs8 -topk8 -nocrypt`",
            ),
            (
                pem("ENCRYPTED PRIVATE KEY", b"x"),
                "PEM of `ENCRYPTED PRIVATE KEY`",
            ),
            (pem("PRIVATE KEY MC4CAQAw", b"x"), "the PEM text is damaged"),
            (pem("PUBLIC KEY", b"x"), "it is a public key"),
            (pem("PRIVATE KEY", b"x"), "neither an Ed25519 nor"),
            (
                ED25519_PEM.replace("-----END", "----END"),
                "the PEM text is damaged",
            ),
            (
                ED25519_PEM.replace("MC4CAQ", "MC4C!Q"),
                "the PEM text is damaged",
            ),
            (
                format!("{ED25519_PEM}{ED25519_PEM}"),
                "the PEM text is damaged",
            ),
            (format!("x{ED25519_PEM}"), "the PEM text is damaged"),
            (public, "it is a public key"),
            ("{\"kty\":\"OKP\"".to_owned(), "not the JSON of a key"),
            (with(r#""use":"enc""#), "`use` is not `sig`"),
            (with(r#""key_ops":["verify"]"#), "does not allow `sign`"),
            (with(r#""alg":"RS256""#), "`alg` is not EdDSA"),
            (with(r#""kid":"../keys""#), "`kid` must be"),
            (with(r#""kid":"""#), "`kid` must be"),
            (
                ED25519_JWK.replace("Ed25519", "Ed448"),
                "neither Ed25519 nor P-256",
            ),
            (ED25519_JWK.replace("nWGx", "nWGy"), "not a valid EdDSA key"),
            (
                ES256_JWK.replace("f83O", "f83P"),
                "not a valid one of P-256",
            ),
            (ES256_JWK.replace("jpsQ", "jpsR"), "not a valid ES256 key"),
            (
                rsa(r#""e":"AQAB""#, r#""e":"AQ""#),
                "the public exponent must be odd",
            ),
            (rsa(r#""e":"AQAB""#, r#""e":"Aw""#), "not a valid RS256 key"),
            (rsa(r#""p":"#, r#""was_p":"#), "member `p` is missing"),
        ] {
            for examples in [Accepted, Refused] {
                let error = error(&text, examples);
                assert!(
                    error.contains(sentence),
                    "`{error}` instead of `{sentence}`"
                );
            }
        }
    }

    #[test]
    fn neighbours_verify_and_the_current_key_signs() {
        const NOW: u64 = 1_790_000_000_000;
        let [(old, old_pem), (key, pem), (new, new_pem)] =
            [(); 3].map(|()| generated(Algorithm::EdDsa));
        let texts = KeyTexts {
            previous: Some(&old_pem),
            pending: Some(&new_pem),
            ..only(&pem)
        };
        let set = super::key_set(texts, Refused, NOW).unwrap();
        assert_eq!(set.active(NOW).unwrap().id(), key.id());
        for known in [&old, &key, &new] {
            assert!(set.verifying(known.id(), u64::MAX).is_some());
        }
        // A flow may have asked for the active key before the server saw the rotation, but not
        // earlier.
        assert!(set.signing(old.id(), NOW).is_some());
        assert!(set.signing(old.id(), NOW + 120_000).is_none());
        assert!(set.signing(new.id(), NOW).is_none());
        let unusable = KeyTexts {
            previous: Some("hunter2"),
            pending: Some(&pem),
            ..only(&pem)
        };
        let set = super::key_set(unusable, Refused, NOW).unwrap();
        assert_eq!(set.list(NOW).len(), 1);
    }

    #[test]
    fn a_refresh_secret_outlives_the_keys() {
        let mac = |key: &str, refresh_secret| {
            let texts = KeyTexts {
                refresh_secret,
                ..only(key)
            };
            let set = super::key_set(texts, Refused, 0)?;
            Ok::<_, SettingError>(set.mac(Purpose::RefreshToken, b"message"))
        };
        let (other, refresh) = (SECRET.replace('q', "r"), SECRET.replace('q', "s"));
        assert_eq!(
            mac(SECRET, Some(&refresh)).unwrap(),
            mac(&other, Some(&refresh)).unwrap()
        );
        assert_ne!(
            mac(SECRET, Some(&refresh)).unwrap(),
            mac(SECRET, None).unwrap()
        );
        assert!(mac(SECRET, Some("short")).is_err());
    }

    #[test]
    fn no_sentence_quotes_the_setting() {
        for text in [
            "hunter2",
            "{\"kty\":\"hunter2\"}",
            "{\"kty\":\"oct\",\"k\":\"hunter2\"}",
        ] {
            assert!(!error(text, Refused).contains("hunter2"), "{text}");
        }
    }
}
