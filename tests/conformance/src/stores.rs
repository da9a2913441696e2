//! What an adapter hands to the suite.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use auth_runtime::{AccountStore, CodeStore, SessionStore, ThrottleStore};

use auth_memory::ManualClock;

/// Makes the adapter drop now what it drops in the background.
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
    /// The clock that the stores look at.
    pub clock: ManualClock,
    /// Drops what has expired.
    pub sweep: Sweep,
    /// What must outlive the stores: a temporary folder, for example. The last field: dropped last.
    pub guard: Box<dyn Any + Send + Sync>,
}

impl Stores {
    /// The four faces of one adapter, without a sweep.
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

    /// The same with a sweep, for an adapter that drops in the background.
    #[must_use]
    pub fn with_sweep(self, sweep: Sweep) -> Self {
        Self { sweep, ..self }
    }
}
