//! The stores under test, as an adapter hands them to the suite.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use auth_runtime::{AccountStore, CodeStore, SessionStore, ThrottleStore};

use auth_memory::ManualClock;

/// Makes the adapter delete expired records now, which it otherwise does in the background.
pub type Sweep = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// An adapter that is all four stores.
pub trait AnyStore: AccountStore + SessionStore + ThrottleStore + CodeStore + 'static {}

impl<S: AccountStore + SessionStore + ThrottleStore + CodeStore + 'static> AnyStore for S {}

/// Four empty stores that no other test writes to.
pub struct Stores {
    /// `account-store`
    pub accounts: Arc<dyn AccountStore>,
    /// `session-store`
    pub sessions: Arc<dyn SessionStore>,
    /// `throttle-store`
    pub throttle: Arc<dyn ThrottleStore>,
    /// `code-store`
    pub codes: Arc<dyn CodeStore>,
    /// The clock that the stores read.
    pub clock: ManualClock,
    /// Deletes expired records, in an adapter that does so in the background.
    pub sweep: Sweep,
    /// A value that must outlive the stores, such as a temporary folder. It is the last field, so
    /// that it is dropped last.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Stores {
    /// One adapter as all four stores, without a sweep.
    pub fn of(
        store: Arc<impl AnyStore>,
        clock: ManualClock,
        guard: impl Any + Send + Sync,
    ) -> Self {
        Self {
            accounts: store.clone(),
            sessions: store.clone(),
            throttle: store.clone(),
            codes: store,
            clock,
            sweep: Box::new(|| Box::pin(std::future::ready(()))),
            guard: Box::new(guard),
        }
    }

    /// The same with a sweep, for an adapter that deletes expired records in the background.
    #[must_use]
    pub fn with_sweep(self, sweep: Sweep) -> Self {
        Self { sweep, ..self }
    }
}
