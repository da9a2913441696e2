//! What the flows did to the stores, in the order in which it happened.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use auth_memory::{Change, ManualClock, MemoryStores};
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
    clock: ManualClock,
    entries: Mutex<Vec<Entry>>,
    late: Mutex<Vec<(usize, Late)>>,
    /// How many writes lost the race against another one.
    conflicts: AtomicU32,
    /// How many records were read that had expired.
    expired: AtomicU32,
}

impl Journal {
    pub(crate) fn new(stores: Arc<MemoryStores>, clock: ManualClock) -> Self {
        Self {
            stores,
            clock,
            entries: Mutex::default(),
            late: Mutex::default(),
            conflicts: AtomicU32::default(),
            expired: AtomicU32::default(),
        }
    }

    /// Forgets all entries, so that the next round begins.
    pub(crate) fn clear(&self) {
        lock(&self.late).clear();
        lock(&self.entries).clear();
        self.take_conflicts();
        self.take_expired();
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
        self.conflicts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn take_conflicts(&self) -> u32 {
        self.conflicts.swap(0, Ordering::Relaxed)
    }

    /// Counts a record that was read, if it had expired by then.
    pub(crate) fn note_read(&self, expires_at: u64) {
        let is_over = expires_at < self.clock.now();
        self.expired.fetch_add(is_over.into(), Ordering::Relaxed);
    }

    pub(crate) fn take_expired(&self) -> u32 {
        self.expired.swap(0, Ordering::Relaxed)
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
