//! Why a secret could not be read. No message holds any part of the secret or of the response.

use crate::reference::SecretReference;

/// Why a secret could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No secret of this name, or no version with this label, exists, or the secret is being
    /// deleted.
    #[error("there is no secret `{0}`, or it is being deleted")]
    Missing(SecretReference),
    /// The function's role may not read or store the secret, or may not use the key that encrypts it.
    #[error("using the secret `{reference}` is not allowed ({code})")]
    Forbidden {
        /// The secret that was asked for.
        reference: SecretReference,
        /// The error code of AWS.
        code: String,
    },
    /// The secret does not have the form that its use needs.
    #[error("the secret `{reference}` is malformed: {reason}")]
    Malformed {
        /// The secret that was read.
        reference: SecretReference,
        /// What its text should be.
        reason: &'static str,
    },
    /// No response came in time.
    #[error("the call for the secret `{0}` took too long")]
    Slow(SecretReference),
    /// No connection could be made, or the response was unexpected.
    #[error("Secrets Manager gives no answer about the secret `{reference}` ({code})")]
    Unreachable {
        /// The secret that was asked for.
        reference: SecretReference,
        /// The error code of AWS or of its client.
        code: String,
    },
}
