//! Reads a JWK (RFC 7517). Each claim in it is checked against the key itself before it is used.

use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::algorithm::{self, Algorithm};
use crate::error::KeyError;
use crate::public_key::PublicKey;
use crate::signing_key::{Private, SigningKey};

/// The longest `kid` that the rules accept in a token, in bytes: that of `core/rules/src/jose.rs`.
const MAX_ID_BYTES: usize = 256;

type Member = Option<Zeroizing<String>>;

/// A JWK before any check. The members that say where to fetch a key (`x5u`) or that certify it
/// (`x5c`) are ignored.
#[derive(Deserialize)]
pub(crate) struct UnverifiedJwk {
    kty: String,
    alg: Option<String>,
    crv: Option<String>,
    key_ops: Option<Vec<String>>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    // Members that are public in every kind of key.
    e: Member,
    n: Member,
    x: Member,
    y: Member,
    // Members that are secret in every kind of key.
    d: Member,
    dp: Member,
    dq: Member,
    k: Member,
    p: Member,
    q: Member,
    qi: Member,
}

/// The values of `kty` and `crv` that are supported.
enum Kind {
    Ed25519,
    P256,
    Rsa,
    Shared,
}

impl UnverifiedJwk {
    /// Parses the JSON of a JWK. The error never quotes the text.
    pub(crate) fn parse(json: &str) -> Result<Self, KeyError> {
        serde_json::from_str(json).map_err(|_| KeyError::NotJwk)
    }

    /// The value of `kid`. Any string is one (RFC 7517 §4.5); it is refused only when no token may
    /// have it.
    pub(crate) fn id(&self) -> Result<Option<&str>, KeyError> {
        match self.kid.as_deref() {
            Some(id) if !(1..=MAX_ID_BYTES).contains(&id.len()) => Err(KeyError::KeyId),
            id => Ok(id),
        }
    }

    /// The name of the first member that makes this a private or a symmetric key.
    pub(crate) fn secret_member(&self) -> Option<&'static str> {
        [
            ("d", &self.d),
            ("dp", &self.dp),
            ("dq", &self.dq),
            ("k", &self.k),
            ("p", &self.p),
            ("q", &self.q),
            ("qi", &self.qi),
        ]
        .into_iter()
        .find_map(|(name, member)| member.as_ref().map(|_| name))
        .or((self.kty == "oct").then_some("k"))
    }

    /// Refuses a key that is meant for another use or operation (RFC 7517 §4.2, §4.3).
    pub(crate) fn check_use(&self, operation: &'static str) -> Result<(), KeyError> {
        if self.usage.as_ref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::Use);
        }
        let allows = |operations: &Vec<String>| operations.iter().any(|each| each == operation);
        if self
            .key_ops
            .as_ref()
            .is_some_and(|operations| !allows(operations))
        {
            return Err(KeyError::Operation(operation));
        }
        Ok(())
    }

    /// The public key of this JWK. [`KeyError::Unsupported`] for a key that RFC 7517 §5 says to
    /// ignore.
    pub(crate) fn public_key(&self) -> Result<PublicKey, KeyError> {
        match self.kind()? {
            Kind::Ed25519 => PublicKey::ed25519(&bytes_32("x", &self.x)?),
            Kind::P256 => PublicKey::p256(&bytes_32("x", &self.x)?, &bytes_32("y", &self.y)?),
            Kind::Rsa => PublicKey::rsa(&bytes("n", &self.n)?, &bytes("e", &self.e)?),
            Kind::Shared => Err(KeyError::Unsupported),
        }
    }

    /// The signing key of this JWK, with the JWK's `kid` as its id if it has one.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, KeyError> {
        let key = match self.kind()? {
            Kind::Shared => SigningKey::shared(&bytes("k", &self.k)?)?,
            Kind::Ed25519 => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(
                    &bytes_32("d", &self.d)?,
                    &bytes_32("x", &self.x)?,
                )
                .map_err(|_| KeyError::Invalid(Algorithm::EdDsa))?;
                SigningKey::from_private(Private::Ed25519(pair))?
            }
            Kind::P256 => SigningKey::from_private(Private::P256(self.p256_pair()?))?,
            Kind::Rsa => SigningKey::from_private(Private::Rsa(self.rsa_pair()?))?,
        };
        match self.id()? {
            Some(id) => Ok(key.with_id(id.to_owned())),
            None => Ok(key),
        }
    }

    /// The bytes of a symmetric key; `None` for every other kind.
    pub(crate) fn secret(&self) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        match self.kind()? {
            Kind::Shared => bytes("k", &self.k).map(Some),
            _ => Ok(None),
        }
    }

    fn p256_pair(&self) -> Result<EcdsaKeyPair, KeyError> {
        // Checked first, so that the error names a point that is not on the curve.
        self.public_key()?;
        let point = [&[4][..], &bytes_32("x", &self.x)?, &bytes_32("y", &self.y)?].concat();
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &bytes_32("d", &self.d)?,
            &point,
        )
        .map_err(|_| KeyError::Invalid(Algorithm::Es256))
    }

    fn rsa_pair(&self) -> Result<RsaKeyPair, KeyError> {
        // Checked first, so that the error names a weak modulus or exponent.
        self.public_key()?;
        RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents {
                n: bytes("n", &self.n)?,
                e: bytes("e", &self.e)?,
            },
            d: bytes("d", &self.d)?,
            p: bytes("p", &self.p)?,
            q: bytes("q", &self.q)?,
            dP: bytes("dp", &self.dp)?,
            dQ: bytes("dq", &self.dq)?,
            qInv: bytes("qi", &self.qi)?,
        })
        .map_err(|_| KeyError::Invalid(Algorithm::Rs256))
    }

    /// The kind of this key. Refused when `alg` is present and names another algorithm.
    fn kind(&self) -> Result<Kind, KeyError> {
        let (kind, algorithm) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => (Kind::P256, Algorithm::Es256),
            ("OKP", Some("Ed25519")) => (Kind::Ed25519, Algorithm::EdDsa),
            ("RSA", _) => (Kind::Rsa, Algorithm::Rs256),
            ("oct", _) => (Kind::Shared, Algorithm::Hs256),
            _ => return Err(KeyError::Unsupported),
        };
        match self.alg.as_deref().map(algorithm::from_name) {
            // The `alg` is for another algorithm, for example RSA with PSS.
            Some(None) => Err(KeyError::Unsupported),
            Some(Some(named)) if named != algorithm => Err(KeyError::AlgorithmMismatch(algorithm)),
            _ => Ok(kind),
        }
    }
}

fn bytes(name: &'static str, member: &Member) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = member.as_ref().ok_or(KeyError::MissingMember(name))?;
    let bytes = URL_SAFE_NO_PAD
        .decode(text.as_bytes())
        .map_err(|_| KeyError::Member(name))?;
    Ok(Zeroizing::new(bytes))
}

fn bytes_32(name: &'static str, member: &Member) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = bytes(name, member)?;
    if bytes.len() == 32 {
        Ok(bytes)
    } else {
        Err(KeyError::Member(name))
    }
}
