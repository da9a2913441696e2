//! Signing keys: private keys and shared secrets.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::error::KeyError;
use crate::public_key::PublicKey;
use crate::verifying_key::VerifyingKey;

/// The least length of an HS256 secret, that of the digest (RFC 7518 §3.2).
const MIN_SECRET_BYTES: usize = 32;

/// A private key or a shared secret, with the key that verifies. AWS-LC clears the memory of the
/// private key when it frees it.
pub struct SigningKey {
    private: Private,
    verifying: VerifyingKey,
}

pub(crate) enum Private {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Shared(Arc<hmac::Key>),
}

impl SigningKey {
    /// Generates a key. RSA keys have 2048 bits: they are rotated long before that is too few.
    ///
    /// Fails for HS256: a shared secret is configured, never generated.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::from_private(match algorithm {
            Algorithm::EdDsa => Private::Ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Es256 => {
                Private::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?)
            }
            Algorithm::Hs256 => return Err(KeyError::Invalid(algorithm)),
            Algorithm::Rs256 => Private::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?),
        })
    }

    /// The key of an unencrypted PKCS#8 document (RFC 5958), of any supported algorithm.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Self::from_private(Private::Ed25519(pair));
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Self::from_private(Private::P256(pair));
        }
        match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Self::from_private(Private::Rsa(pair)),
            Err(error) if matches!(error.description_(), "TooSmall" | "TooLarge") => {
                Err(KeyError::RsaSize)
            }
            Err(_) => Err(KeyError::NotPkcs8),
        }
    }

    /// An HS256 key with this secret.
    pub fn shared(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::SecretTooShort);
        }
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self::from_private(Private::Shared(Arc::new(secret)))
    }

    /// The key of private material, with its thumbprint (RFC 7638) as id.
    pub(crate) fn from_private(private: Private) -> Result<Self, KeyError> {
        let public = match &private {
            Private::Ed25519(pair) => PublicKey::ed25519(pair.public_key().as_ref())?,
            Private::P256(pair) => {
                let point = pair.public_key().as_ref();
                let coordinates = point.get(1..33).zip(point.get(33..65));
                let (x, y) = coordinates.ok_or(KeyError::Invalid(Algorithm::Es256))?;
                PublicKey::p256(x, y)?
            }
            Private::Rsa(pair) => {
                let public = pair.public_key();
                PublicKey::rsa(
                    public.modulus().big_endian_without_leading_zero(),
                    public.exponent().big_endian_without_leading_zero(),
                )?
            }
            Private::Shared(secret) => {
                let id = id_of_secret(secret);
                let verifying = VerifyingKey::shared(id, Arc::clone(secret));
                return Ok(Self { private, verifying });
            }
        };
        let verifying = VerifyingKey::public(public.thumbprint(), public);
        Ok(Self { private, verifying })
    }

    /// The same key with another id.
    pub(crate) fn with_id(self, id: String) -> Self {
        Self {
            verifying: self.verifying.with_id(id),
            ..self
        }
    }

    /// The same key with the id that it has without a `kid`.
    pub(crate) fn named_after_itself(self) -> Self {
        let id = self.own_id();
        self.with_id(id)
    }

    /// Whether the other is the same key under the same id.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.id() == other.id() && self.own_id() == other.own_id()
    }

    /// The value that `kid` of a token names.
    pub fn id(&self) -> &str {
        self.verifying.id()
    }

    /// The only algorithm that the key is used with.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// The key that verifies the signatures of this one.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The JWS signature over `message` (RFC 7515 §5.1). For ES256 it has the 64 bytes of RFC 7518
    /// §3.4.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.private {
            Private::Ed25519(pair) => pair.try_sign(message)?.as_ref().to_vec(),
            Private::P256(pair) => pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
            Private::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )?;
                signature
            }
            Private::Shared(secret) => hmac::sign(secret, message).as_ref().to_vec(),
        })
    }

    fn own_id(&self) -> String {
        match (&self.private, self.verifying.thumbprint()) {
            (_, Some(thumbprint)) => thumbprint,
            (Private::Shared(secret), None) => id_of_secret(secret),
            (_, None) => self.id().to_owned(),
        }
    }

    /// The PKCS#8 document of the key (version 1, always the same bytes); `None` for a shared
    /// secret.
    pub(crate) fn to_pkcs8(&self) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let der = match &self.private {
            Private::Ed25519(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Private::P256(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Private::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                der.as_ref().to_vec()
            }
            Private::Shared(_) => return Ok(None),
        };
        Ok(Some(Zeroizing::new(der)))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

/// The id of a shared secret. With a plain hash of the secret as `kid`, anyone who has a token
/// could test guesses cheaply. The id is therefore an HMAC under the secret, which helps with
/// guessing no more than the signature of the token does.
fn id_of_secret(secret: &hmac::Key) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(secret, b"countersign key id"))
}
