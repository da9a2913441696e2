//! Changes of the stores, for those who watch them.

use auth_runtime::{Account, Code, Counter, Session};

/// A change of one record: what the store held before, and what it holds since.
pub enum Change {
    /// An account was added, replaced or removed.
    Account {
        /// The account before; `None` when it was added.
        before: Option<Account>,
        /// The account since; `None` when it was removed.
        after: Option<Account>,
    },
    /// A session was added, replaced or removed.
    Session {
        /// The session before; `None` when it was added.
        before: Option<Session>,
        /// The session since; `None` when it was removed.
        after: Option<Session>,
    },
    /// A counter was written or removed.
    Counter {
        /// The key of the counter.
        key: String,
        /// The counter before; `None` when there was none.
        before: Option<Counter>,
        /// The counter since; `None` when it was removed.
        after: Option<Counter>,
    },
    /// A one-time code was written.
    Code {
        /// The key of the code.
        key: String,
        /// The code before; `None` when there was none.
        before: Option<Code>,
        /// The code since.
        after: Code,
    },
}
