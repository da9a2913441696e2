//! Passwords through the host's hasher. Callers hold a place in its queue.

use auth_rules::password::{Candidate, NewPassword};

use crate::bindings::countersign::auth::password_hasher;
use crate::bindings::countersign::auth::types::HashScheme;
use crate::imports::entropy;

/// Offered instead of text that no password can be, so that it costs a hash like any other.
const NO_PASSWORD: &str = "no password can be this";

/// Hashes under the scheme of the policy.
pub(crate) fn hash(password: &NewPassword, scheme: HashScheme) -> String {
    hash_text(password.as_str(), scheme)
}

/// Hashes text that was checked as a password before.
pub(crate) fn hash_text(password: &str, scheme: HashScheme) -> String {
    password_hasher::hash(password, scheme, &entropy::random::<16>())
}

/// Whether the candidate is the stored password. Costs one hash in any case.
pub(crate) fn verify(candidate: Option<&Candidate>, stored: &str) -> bool {
    let text = candidate.map_or(NO_PASSWORD, Candidate::as_str);
    password_hasher::verify(text, stored) && candidate.is_some()
}
