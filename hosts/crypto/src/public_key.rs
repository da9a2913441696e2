//! A public key that has been checked: every value of the type can verify signatures.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curve25519_dalek::edwards::CompressedEdwardsY;
use serde_json::{Value, json};

use crate::algorithm::{self, Algorithm};
use crate::error::KeyError;
use crate::roca;

/// A public key as a JWK states it, together with its parsed form.
#[derive(Clone)]
pub(crate) struct PublicKey {
    parameters: Parameters,
    parsed: ParsedPublicKey,
}

/// The members of the JWK that make up the key, in base64url.
#[derive(Clone)]
enum Parameters {
    Ec { x: String, y: String },
    Okp { x: String },
    Rsa { n: String, e: String },
}

impl PublicKey {
    /// The Ed25519 key of the 32 bytes of RFC 8032 §5.1.2.
    pub(crate) fn ed25519(point: &[u8]) -> Result<Self, KeyError> {
        // AWS-LC reads the point only when it verifies, and never checks whether it is of small
        // order. With a key of small order, some signatures verify for every message. A point that
        // another text is the right encoding of has a `y` of at least the field's prime, which RFC
        // 8032 §5.1.3 refuses, or a wrong sign.
        let valid = CompressedEdwardsY::from_slice(point).is_ok_and(|compressed| {
            compressed
                .decompress()
                .is_some_and(|point| !point.is_small_order() && point.compress() == compressed)
        });
        if !valid {
            return Err(KeyError::Point("Ed25519"));
        }
        let parsed =
            ParsedPublicKey::new(&ED25519, point).map_err(|_| KeyError::Point("Ed25519"))?;
        Ok(Self {
            parameters: Parameters::Okp {
                x: URL_SAFE_NO_PAD.encode(point),
            },
            parsed,
        })
    }

    /// The P-256 key of two coordinates of 32 bytes each.
    pub(crate) fn p256(x: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        let point = [&[4], x, y].concat();
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .map_err(|_| KeyError::Point("P-256"))?;
        let parameters = Parameters::Ec {
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        };
        Ok(Self { parameters, parsed })
    }

    /// The RSA key of a modulus and an exponent, big-endian. Leading zeros do not count.
    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        if !(2048..=8192).contains(&bits(n)) {
            return Err(KeyError::RsaSize);
        }
        if e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
            return Err(KeyError::RsaExponent);
        }
        if roca::has_fingerprint(n) {
            return Err(KeyError::RsaFingerprint);
        }
        // The key goes through DER, because AWS-LC checks the numbers only when it parses DER.
        let der: PublicKeyX509Der<'_> = PublicKeyComponents { n, e }
            .as_der()
            .map_err(|_| KeyError::Invalid(Algorithm::Rs256))?;
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref())
            .map_err(|_| KeyError::Invalid(Algorithm::Rs256))?;
        let parameters = Parameters::Rsa {
            n: URL_SAFE_NO_PAD.encode(n),
            e: URL_SAFE_NO_PAD.encode(e),
        };
        Ok(Self { parameters, parsed })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.parameters {
            Parameters::Ec { .. } => Algorithm::Es256,
            Parameters::Okp { .. } => Algorithm::EdDsa,
            Parameters::Rsa { .. } => Algorithm::Rs256,
        }
    }

    /// Whether `signature` is a JWS signature of the key over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    /// The thumbprint of RFC 7638: base64url of SHA-256 over the required members, in order and
    /// without white space.
    pub(crate) fn thumbprint(&self) -> String {
        let members = match &self.parameters {
            Parameters::Ec { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Parameters::Okp { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Parameters::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
    }

    /// The JWK (RFC 7517 §4) of the key, with this key id.
    pub(crate) fn to_jwk(&self, id: &str) -> Value {
        let mut jwk = match &self.parameters {
            Parameters::Ec { x, y } => json!({ "crv": "P-256", "kty": "EC", "x": x, "y": y }),
            Parameters::Okp { x } => json!({ "crv": "Ed25519", "kty": "OKP", "x": x }),
            Parameters::Rsa { n, e } => json!({ "e": e, "kty": "RSA", "n": n }),
        };
        jwk["alg"] = json!(algorithm::name(self.algorithm()));
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    let first = number
        .first()
        .map_or(8, |byte| byte.leading_zeros() as usize);
    number.len().saturating_mul(8).saturating_sub(first)
}
