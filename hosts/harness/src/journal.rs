//! What the flows did to the stores, in the order in which it happened.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use auth_memory::{Change, MemoryStores};
use auth_runtime::Clock;

/// A change of the stores, with who made it and when.
pub(crate) struct Entry {
    /// The lane of the flow that made it.
    pub(crate) lane: usize,
    /// The time of the clock, in milliseconds since the Unix epoch.
    pub(crate) at: u64,
    pub(crate) change: Change,
}

/// A write whose answer did not come and that has not been carried out yet.
type Late = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Keeps the changes of the stores while it is watched, and the writes that are late.
pub(crate) struct Journal {
    stores: Arc<MemoryStores>,
    clock: Arc<dyn Clock>,
    entries: Mutex<Vec<Entry>>,
    late: Mutex<Vec<(usize, Late)>>,
    /// How many writes lost the race against another one.
    conflicts: Mutex<u32>,
}

impl Journal {
    pub(crate) fn new(stores: Arc<MemoryStores>, clock: Arc<dyn Clock>) -> Self {
        Self {
            stores,
            clock,
            entries: Mutex::default(),
            late: Mutex::default(),
            conflicts: Mutex::default(),
        }
    }

    /// Forgets all entries, so that the next round begins.
    pub(crate) fn clear(&self) {
        lock(&self.late).clear();
        lock(&self.entries).clear();
        self.take_conflicts();
    }

    /// Takes what the stores have changed since the last call, as a change by this lane.
    pub(crate) fn note(&self, lane: usize) {
        let changes = self.stores.take_changes();
        if changes.is_empty() {
            return;
        }
        let at = self.clock.now();
        let entries = changes.into_iter().map(|change| Entry { lane, at, change });
        lock(&self.entries).extend(entries);
    }

    /// The entries since the last call.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut lock(&self.entries))
    }

    pub(crate) fn conflict(&self) {
        *lock(&self.conflicts) += 1;
    }

    pub(crate) fn take_conflicts(&self) -> u32 {
        std::mem::take(&mut lock(&self.conflicts))
    }

    /// Keeps a write of this lane, to be carried out later.
    pub(crate) fn postpone(&self, lane: usize, write: Late) {
        lock(&self.late).push((lane, write));
    }

    /// Carries out the writes that are late. Returns whether there were any.
    pub(crate) fn arrive(&self) -> bool {
        let late = std::mem::take(&mut *lock(&self.late));
        let is_any = !late.is_empty();
        for (lane, mut write) in late {
            // Stores in memory answer at once.
            let _ = write.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            self.note(lane);
        }
        is_any
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
