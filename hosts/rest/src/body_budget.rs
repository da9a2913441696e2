//! Bounds the bytes of request bodies that are held at a time, in all and from each source.
//!
//! A client that sends all but the last byte of many bodies would otherwise fill the memory until
//! each of them times out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::source::Source;

/// The most bytes that are held from all sources: a hundred thousand bodies of ordinary logins.
const ALL: usize = 32 << 20;
/// The most bytes from one source: thousands of ordinary logins, which may share an address.
const EACH: usize = 1 << 20;

/// The bytes that are held now.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    all: usize,
    each: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_source: HashMap<Source, usize>,
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self {
            all: ALL,
            each: EACH,
            held: Mutex::default(),
        }
    }
}

impl BodyBudget {
    fn take(&self, source: Source, bytes: usize) -> bool {
        let mut held = self.held();
        let all = held.all.saturating_add(bytes);
        let before = held.by_source.get(&source).copied().unwrap_or_default();
        let each = before.saturating_add(bytes);
        let fits = all <= self.all && each <= self.each;
        if fits {
            held.all = all;
            held.by_source.insert(source, each);
        }
        fits
    }

    fn give_back(&self, source: Source, bytes: usize) {
        let mut held = self.held();
        held.all = held.all.saturating_sub(bytes);
        let before = held.by_source.get(&source).copied().unwrap_or_default();
        match before.saturating_sub(bytes) {
            0 => held.by_source.remove(&source),
            left => held.by_source.insert(source, left),
        };
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes that one body holds. They are given back when the value is dropped.
pub(crate) struct Lease {
    budget: Arc<BodyBudget>,
    source: Source,
    bytes: usize,
}

impl Lease {
    /// A lease of no bytes yet.
    pub(crate) fn new(budget: Arc<BodyBudget>, source: Source) -> Self {
        Self {
            budget,
            source,
            bytes: 0,
        }
    }

    /// Takes more bytes. The answer is whether the budget had room for them.
    pub(crate) fn extend(&mut self, bytes: usize) -> bool {
        let fits = self.budget.take(self.source, bytes);
        if fits {
            self.bytes = self.bytes.saturating_add(bytes);
        }
        fits
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.give_back(self.source, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_source_holds_the_share_of_others() {
        let budget = Arc::new(BodyBudget {
            all: 100,
            each: 60,
            held: Mutex::default(),
        });
        let lease = |last: u8| {
            let source = Source::of([192, 0, 2, last].into());
            Lease::new(Arc::clone(&budget), source)
        };
        let (mut first, mut same, mut other) = (lease(1), lease(1), lease(2));
        assert!(first.extend(40));
        assert!(!same.extend(30), "the source has 70 bytes");
        assert!(same.extend(20));
        assert!(!other.extend(50), "all have 110 bytes");
        assert!(other.extend(40));
        drop(first);
        assert!(same.extend(40));
        drop((same, other));
        let held = budget.held();
        assert_eq!((held.all, held.by_source.len()), (0, 0));
    }
}
