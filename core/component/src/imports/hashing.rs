//! Hashes and checks passwords with the host's hasher. Callers must hold a place in its queue.

use auth_rules::hash_policy;
use auth_rules::password::{Candidate, NewPassword};

use crate::bindings::countersign::auth::password_hasher::{self, AdmitError, Claimant};
use crate::bindings::countersign::auth::policy_source::Settings;
use crate::bindings::countersign::auth::types::HashScheme;
use crate::imports::{convert, entropy};

/// Hashed in place of a text that cannot be a password, so that the attempt costs as much as any
/// other.
const NO_PASSWORD: &str = "no password can be this";

/// Takes a place in the hasher's queue for a client of this source.
pub(crate) fn admit(claimant: Claimant, source: &str) -> Result<(), AdmitError> {
    password_hasher::admit(claimant, Some(source))
}

/// Takes a place in the hasher's queue for someone with the right to administer, who is bound by no
/// source.
pub(crate) fn admit_administrator() -> Result<(), AdmitError> {
    password_hasher::admit(Claimant::Administrator, None)
}

/// Hashes a new password under the scheme of the policy.
pub(crate) fn hash(password: &NewPassword, scheme: HashScheme) -> String {
    hash_text(password.as_str(), scheme)
}

/// Hashes a text that was already checked as a password.
pub(crate) fn hash_text(password: &str, scheme: HashScheme) -> String {
    password_hasher::hash(password, scheme, &entropy::random::<16>())
}

/// Returns the spelling of the candidate that the stored hash was made from, if there is one.
///
/// A wrong password costs the same for each spelling, whatever hash is stored.
pub(crate) fn verify<'a>(
    candidate: Option<&'a Candidate>,
    stored: &str,
    settings: &Settings,
) -> Option<&'a str> {
    let former = settings.former_hashing.iter().copied();
    let former: Vec<_> = former.map(convert::hash_scheme_to_rule).collect();
    let wanted = convert::hash_scheme_to_rule(settings.hashing);
    let decoys = hash_policy::top_up(stored, &wanted, &former);
    let Some(candidate) = candidate else {
        verify_text(NO_PASSWORD, stored, &decoys);
        return None;
    };
    candidate
        .spellings()
        .find(|spelling| verify_text(spelling, stored, &decoys))
}

fn verify_text(text: &str, stored: &str, decoys: &[String]) -> bool {
    let is_right = password_hasher::verify(text, stored);
    if !is_right {
        for decoy in decoys {
            password_hasher::verify(text, decoy);
        }
    }
    is_right
}
