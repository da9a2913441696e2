//! Why key material, a key set, a key directory or a setting was refused. No message quotes a
//! secret.

use std::io;
use std::path::PathBuf;

use crate::algorithm::{self, Algorithm};
use crate::private_file::Exposure;

/// Why a key was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// `alg` of a JWK is not the algorithm of its key.
    #[error("`alg` is not {}, which is what the key is for", algorithm::name(*.0))]
    AlgorithmMismatch(Algorithm),
    /// The library failed to compute something. The key may be valid.
    #[error("the cryptographic library failed")]
    Crypto(#[from] aws_lc_rs::error::Unspecified),
    /// The parts of the key contradict each other, or it is another kind of key.
    #[error("not a valid {} key", algorithm::name(*.0))]
    Invalid(Algorithm),
    /// `kid` of a JWK has a length that no token may use.
    #[error("`kid` must have 1 to 256 bytes")]
    KeyId,
    /// A JWK lacks a member that its `kty` demands.
    #[error("member `{0}` is missing")]
    MissingMember(&'static str),
    /// A PKCS#8 document holds another kind of key.
    #[error("neither an Ed25519 nor a P-256 nor an RSA key in PKCS#8")]
    NotPkcs8,
    /// The text is not JSON, or not the JSON of a JWK.
    #[error("not the JSON of a key")]
    NotJwk,
    /// A member is not strict base64url, or has the wrong length.
    #[error("member `{0}` is not base64url of the right length")]
    Member(&'static str),
    /// `key_ops` of a JWK does not allow the operation that the key is loaded for.
    #[error("`key_ops` does not allow `{0}`")]
    Operation(&'static str),
    /// The point is not on the curve, or is of small order, which makes signatures forgeable.
    #[error("the public point is not a valid one of {0}")]
    Point(&'static str),
    /// An RSA key has the exponent `e` 1 or an even one.
    #[error("the public exponent must be odd and at least 3")]
    RsaExponent,
    /// The modulus has the fingerprint of a generator whose keys can be factored (CVE-2017-15361).
    #[error("the RSA key was made by a broken generator (ROCA, CVE-2017-15361)")]
    RsaFingerprint,
    /// An RSA key is below 2048 bits (RFC 7518 §3.3), or above 8192, which takes too long to
    /// verify.
    #[error("an RSA key must have 2048 to 8192 bits")]
    RsaSize,
    /// An HS256 secret is shorter than 32 bytes (RFC 7518 §3.2).
    #[error("a shared secret must have at least 32 bytes")]
    SecretTooShort,
    /// The key has a `kty`, `crv` or `alg` that is not supported.
    #[error("neither Ed25519 nor P-256 nor RSA with SHA-256")]
    Unsupported,
    /// `use` of a JWK is not `sig`.
    #[error("`use` is not `sig`")]
    Use,
}

/// Why a JWKS was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// Two different keys have the same id.
    #[error("the key id {0:?} occurs twice")]
    DuplicateKeyId(String),
    /// The text is not JSON, or has no array `keys`.
    #[error("not the JSON of a key set")]
    NotKeySet,
    /// A private or a symmetric key is among the public ones.
    #[error("key {index}: member `{member}` is secret; a key set must hold public keys only")]
    Secret {
        /// Position of the key in the set, from 0.
        index: usize,
        /// The first member that only a private or symmetric key has.
        member: &'static str,
    },
    /// The text is longer than 64 KB.
    #[error("the key set is larger than 64 KB")]
    TooLarge,
    /// The set has more than 32 keys that could verify tokens.
    #[error("the key set has more than 32 keys")]
    TooManyKeys,
}

/// Why a key directory cannot be used, or does not allow a change.
#[derive(Debug, thiserror::Error)]
pub enum KeyDirectoryError {
    /// The operator asked to retire the key that signs now.
    #[error("key `{0}` signs now: rotate first, and retire it once the next key is active")]
    Active(String),
    /// A file was not written by this program, or was changed afterwards.
    #[error("`{path}` is not a key file: {reason}")]
    BadFile {
        /// Path of the file in the key directory.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// All key files have been removed.
    #[error("`{0}` holds no key")]
    Empty(PathBuf),
    /// A call to the operating system failed.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// The verb of the failed call, such as "read".
        action: &'static str,
        /// The file or directory that the call was for.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A new key could not be generated.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The lead is longer than 366 days, which must be a mistake.
    #[error("a key can become active within 366 days, no later")]
    LeadTooLong,
    /// Others than the owner could read or replace private keys.
    #[error(transparent)]
    Exposed(#[from] Exposure),
    /// A key directory generates its keys, and an HS256 secret is never generated.
    #[error("HS256 needs a configured secret; generated keys are EdDSA, ES256 or RS256")]
    SharedSecret,
    /// As many secrets as may verify beside the present one do so already.
    #[error(
        "{0} secrets before the present one still verify: rotate with an `--overlap` of 0 to end \
         them, or wait"
    )]
    TooManySecrets(usize),
    /// No key of the directory has this id.
    #[error("no key `{0}`")]
    Unknown(String),
}

/// Why the text of a setting that holds a key or a secret was refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The text is a URL.
    #[error("it is an address: put the key itself there")]
    Address,
    /// The text is a whole line of a settings file.
    #[error("it begins with the name of a variable: put only the value there")]
    Assignment,
    /// The text is the base64 of a private key in DER.
    #[error(
        "it is the body of a PEM: put it between `-----BEGIN PRIVATE KEY-----` and \
         `-----END PRIVATE KEY-----`"
    )]
    BareBody,
    /// The text is an encoding of a key.
    #[error("it is the base64 or hexadecimal text of a {0}: decode it first")]
    Encoded(&'static str),
    /// The secret is printed in a manual, or is a placeholder.
    #[error("it is an example or a placeholder, not a secret of your own")]
    Example,
    /// The text is a key, but not one that can sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The text is a key where a shared secret is expected.
    #[error("it is a key; a random secret is needed here, as `openssl rand -base64 32` prints it")]
    KeyForSecret,
    /// The text is a JWKS.
    #[error("it is a key set (JWKS): put its one private key there")]
    KeySet,
    /// The text begins like a JWK and is not one.
    #[error(
        "it looks like the JSON of a key, but it is {0}. What can be read is a private key in PEM \
         (PKCS#8), a private JWK, or a random secret, as `openssl rand -base64 32` prints it"
    )]
    NotJwk(KeyError),
    /// The text is a key in the format of OpenSSH.
    #[error("it is a key of OpenSSH: make one with `openssl genpkey -algorithm ed25519`")]
    OpenSsh,
    /// The text is the path of a file.
    #[error("it is the path of a file: put there what the file holds")]
    Path,
    /// The PEM text is cut off or damaged.
    #[error("the PEM text is damaged")]
    Pem,
    /// The PEM text holds something other than an unencrypted PKCS#8 key.
    #[error(
        "PEM of `{0}` instead of `PRIVATE KEY`: convert it with `openssl pkcs8 -topk8 -nocrypt`"
    )]
    PemLabel(&'static str),
    /// The text is the name of a variable that was not replaced by its value.
    #[error("it is the placeholder of a value that was never put there")]
    Placeholder,
    /// The text is a public key, which cannot sign.
    #[error("it is a public key; signing needs the private one")]
    Public,
    /// A key stands in quotes.
    #[error("the key stands in quotes: leave them out")]
    Quoted,
    /// The text refers to a secret in a secret store. Taken as the secret itself, anyone could
    /// guess it.
    #[error("it is a reference to a secret, which this host cannot look up")]
    Reference,
    /// The secret behind refresh and device tokens was refused.
    #[error("the refresh secret: {0}")]
    RefreshSecret(Box<SettingError>),
    /// The text is a signed token.
    #[error("it is a token (JWT), not a key")]
    Token,
    /// The text is JSON that may hold a key.
    #[error("it is JSON around the key: put the key itself there")]
    Wrapped,
}
