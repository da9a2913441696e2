//! Why a secret is not at hand. No text holds any of it, nor what the service answered.

use crate::reference::SecretReference;

/// A secret could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing of this name, no such version of it, or it is being deleted.
    #[error("there is no secret `{0}`, or it is being deleted")]
    Missing(SecretReference),
    /// The role of the function may not read it, or may not use its key.
    #[error("reading the secret `{reference}` is not allowed ({code})")]
    Forbidden {
        /// Which one.
        reference: SecretReference,
        /// As AWS names the refusal.
        code: String,
    },
    /// It has another form than what it is for.
    #[error("the secret `{reference}` is malformed: {reason}")]
    Malformed {
        /// Which one.
        reference: SecretReference,
        /// What it should be.
        reason: &'static str,
    },
    /// No answer in time.
    #[error("reading the secret `{0}` took too long")]
    Slow(SecretReference),
    /// No connection, or an answer that helps nobody.
    #[error("Secrets Manager gives no answer about the secret `{reference}` ({code})")]
    Unreachable {
        /// Which one.
        reference: SecretReference,
        /// As AWS or the client names it.
        code: String,
    },
}
