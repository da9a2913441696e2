//! Why key material, a key set, a key directory or a setting was refused. No text holds any of it.

use std::io;
use std::path::PathBuf;

use crate::algorithm::{self, Algorithm};

/// A key was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// `alg` of a JWK is not what its key can do here.
    #[error("`alg` is not {}, which is what the key is for", algorithm::name(*.0))]
    AlgorithmMismatch(Algorithm),
    /// The library could not compute, which is not the key's fault.
    #[error("the cryptographic library failed")]
    Crypto(#[from] aws_lc_rs::error::Unspecified),
    /// The key does not fit together, or is of another kind.
    #[error("not a valid {} key", algorithm::name(*.0))]
    Invalid(Algorithm),
    /// `kid` of a JWK that no token could name.
    #[error("`kid` must be 1 to 128 letters, digits, `.`, `_`, `~` and `-`")]
    KeyId,
    /// A JWK without a member that its `kty` demands.
    #[error("member `{0}` is missing")]
    MissingMember(&'static str),
    /// PKCS#8 of something else.
    #[error("neither an Ed25519 nor a P-256 nor an RSA key in PKCS#8")]
    NotPkcs8,
    /// Not JSON, or not the JSON of a JWK.
    #[error("not the JSON of a key")]
    NotJwk,
    /// A member that is not strict base64url, or has the wrong length.
    #[error("member `{0}` is not base64url of the right length")]
    Member(&'static str),
    /// `key_ops` of a JWK does not allow the use that it is loaded for.
    #[error("`key_ops` does not allow `{0}`")]
    Operation(&'static str),
    /// A point that is not on the curve, or one that makes signatures forgeable.
    #[error("the public point is not a valid one of {0}")]
    Point(&'static str),
    /// RSA with `e` even or 1.
    #[error("the public exponent must be odd and at least 3")]
    RsaExponent,
    /// RSA below 2048 bits (RFC 7518 §3.3), or above 8192, which takes too long to verify.
    #[error("an RSA key must have 2048 to 8192 bits")]
    RsaSize,
    /// An HS256 secret below 32 bytes (RFC 7518 §3.2).
    #[error("a shared secret must have at least 32 bytes")]
    SecretTooShort,
    /// Of a `kty`, `crv` or `alg` that is not supported.
    #[error("neither Ed25519 nor P-256 nor RSA with SHA-256")]
    Unsupported,
    /// `use` of a JWK is not `sig`.
    #[error("`use` is not `sig`")]
    Use,
}

/// A JWKS was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// Two keys of one id.
    #[error("the key id `{0}` occurs twice")]
    DuplicateKeyId(String),
    /// A key that must not be used, and whose publication is a mistake.
    #[error("key {index}: {cause}")]
    Key {
        /// Its place in the set, from 0.
        index: usize,
        /// What is wrong with it.
        cause: KeyError,
    },
    /// Not JSON, or without an array `keys`.
    #[error("not the JSON of a key set")]
    NotKeySet,
    /// A private or a symmetric key among the public ones.
    #[error("key {index}: member `{member}` is secret; a key set must hold public keys only")]
    Secret {
        /// Its place in the set, from 0.
        index: usize,
        /// What gives it away.
        member: &'static str,
    },
    /// More than 64 KB.
    #[error("the key set is larger than 64 KB")]
    TooLarge,
    /// More than 32 keys.
    #[error("the key set has more than 32 keys")]
    TooManyKeys,
}

/// A key directory cannot be used, or does not allow a change.
#[derive(Debug, thiserror::Error)]
pub enum KeyDirectoryError {
    /// The key that signs now.
    #[error("key `{0}` signs now: rotate first, and retire it once the next key is active")]
    Active(String),
    /// A file that this program did not write, or that was changed since.
    #[error("`{path}` is not a key file: {reason}")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// All keys are gone.
    #[error("`{0}` holds no key")]
    Empty(PathBuf),
    /// The operating system said no.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A new key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A lead of years is a mistake.
    #[error("a key can become active within 366 days, no later")]
    LeadTooLong,
    /// Others could read private keys.
    #[error("`{path}` is open to other users: run `chmod {mode:03o} {path}`")]
    Shared {
        /// The file or directory.
        path: PathBuf,
        /// The permissions that it must have.
        mode: u32,
    },
    /// A directory keeps keys that it made itself.
    #[error("HS256 needs a configured secret; generated keys are EdDSA, ES256 or RS256")]
    SharedSecret,
    /// No such key.
    #[error("no key `{0}`")]
    Unknown(String),
}

/// A `JWT_SECRET_KEY` was refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// Printed in a manual, or plainly no secret.
    #[error("it is an example or a placeholder, not a secret of your own")]
    Example,
    /// A key, but not one to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// PEM text that is cut off or damaged.
    #[error("the PEM text is damaged")]
    Pem,
    /// PEM of something else than an unencrypted PKCS#8 key.
    #[error(
        "PEM of `{0}` instead of `PRIVATE KEY`: convert it with `openssl pkcs8 -topk8 -nocrypt`"
    )]
    PemLabel(&'static str),
    /// A public key cannot sign.
    #[error("it is a public key; signing needs the private one")]
    Public,
    /// Not the secret but where it is; taken literally, everybody would know it.
    #[error("it is a reference to a secret, which this host cannot look up")]
    Reference,
}
