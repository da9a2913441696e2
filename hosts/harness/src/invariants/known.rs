//! What counters, refresh tokens and devices stand for.

use auth_runtime::Counter;

/// The counters that belong to one account.
pub(super) const OF_ACCOUNT: [&str; 5] = [
    "account",
    "account-source",
    "device",
    "devices",
    "known-sources",
];

/// A counter with the address that it counts for, and when it was written.
pub(crate) struct KnownCounter {
    pub(crate) counter: Counter,
    pub(crate) owner: Option<String>,
    pub(crate) written_at: u64,
}

/// What a refresh token stands for.
pub(crate) struct KnownRefresh {
    pub(crate) session: String,
    pub(crate) generation: u64,
    /// How often the secret behind it had been rotated.
    pub(crate) secrets: usize,
}

/// A device that a login made known.
pub(crate) struct Device {
    pub(crate) account_id: String,
    pub(crate) session_epoch: u64,
    pub(crate) since: u64,
}
