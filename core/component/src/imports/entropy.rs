//! Randomness in the forms that the flows need.

use auth_rules::id;

use crate::bindings::countersign::auth::entropy;
use crate::broken_contract;

/// Returns `N` random bytes from the host.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let count = u32::try_from(N).unwrap_or(u32::MAX);
    entropy::random_bytes(count)
        .try_into()
        .unwrap_or_else(|_| broken_contract())
}

/// Returns a fresh id that sorts by time.
pub(crate) fn fresh_id(now: u64) -> String {
    id::uuid_v7(now, &random())
}
