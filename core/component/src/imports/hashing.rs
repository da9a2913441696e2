//! Hashes and checks passwords with the host's hasher. Callers must hold a place in its queue.

use auth_rules::password::{Candidate, NewPassword};

use crate::bindings::countersign::auth::password_hasher;
use crate::bindings::countersign::auth::types::HashScheme;
use crate::imports::entropy;

/// Hashed in place of a text that cannot be a password, so that the attempt costs as much as any
/// other.
const NO_PASSWORD: &str = "no password can be this";

/// Hashes a new password under the scheme of the policy.
pub(crate) fn hash(password: &NewPassword, scheme: HashScheme) -> String {
    hash_text(password.as_str(), scheme)
}

/// Hashes a text that was already checked as a password.
pub(crate) fn hash_text(password: &str, scheme: HashScheme) -> String {
    password_hasher::hash(password, scheme, &entropy::random::<16>())
}

/// Whether the candidate is the stored password. Costs one hash in every case.
pub(crate) fn verify(candidate: Option<&Candidate>, stored: &str) -> bool {
    let text = candidate.map_or(NO_PASSWORD, Candidate::as_str);
    password_hasher::verify(text, stored) && candidate.is_some()
}
