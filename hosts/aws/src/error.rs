//! Why a secret could not be read. No message holds any part of the secret or of the response.

use crate::reference::SecretReference;

/// A secret could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No secret of this name or no version of it exists, or it is being deleted.
    #[error("there is no secret `{0}`, or it is being deleted")]
    Missing(SecretReference),
    /// The role of the function may not read it, or may not use its key.
    #[error("reading the secret `{reference}` is not allowed ({code})")]
    Forbidden {
        /// The secret.
        reference: SecretReference,
        /// The code that AWS gives the refusal.
        code: String,
    },
    /// The secret does not have the form that its use needs.
    #[error("the secret `{reference}` is malformed: {reason}")]
    Malformed {
        /// The secret.
        reference: SecretReference,
        /// The form that it should have.
        reason: &'static str,
    },
    /// No response in time.
    #[error("reading the secret `{0}` took too long")]
    Slow(SecretReference),
    /// No connection, or an unexpected response.
    #[error("Secrets Manager gives no answer about the secret `{reference}` ({code})")]
    Unreachable {
        /// The secret.
        reference: SecretReference,
        /// The code of AWS or of the client.
        code: String,
    },
}
