//! What the stores hold.

use std::collections::BTreeMap;

use auth_runtime::{Account, Code, Counter, ReplaceError, Session};

use crate::change::Change;

/// The records of all four stores.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) ids_by_email: BTreeMap<String, String>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) counters: BTreeMap<String, ExpiringCounter>,
    pub(crate) codes: BTreeMap<String, Code>,
    /// What changed; `None` while no change is recorded.
    pub(crate) changes: Option<Vec<Change>>,
}

impl Records {
    /// Notes a change for those who watch.
    pub(crate) fn changed(&mut self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &mut self.changes {
            changes.push(change());
        }
    }
}

pub(crate) struct ExpiringCounter {
    pub(crate) counter: Counter,
    pub(crate) expires_at: u64,
}

/// Compares versions for compare-and-set; `None` stands for a record that does not exist.
pub(crate) fn compare(stored: Option<u64>, replaces: Option<u64>) -> Result<(), ReplaceError> {
    if stored == replaces {
        Ok(())
    } else {
        Err(ReplaceError::Conflict)
    }
}
