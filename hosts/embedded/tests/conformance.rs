//! Runs the conformance suite of the stores on the embedded store.

use std::sync::Arc;

use auth_conformance::Stores;
use auth_embedded::EmbeddedStore;
use auth_memory::ManualClock;

auth_conformance::conformance!(|clock: ManualClock| async move {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.redb");
    let store = Arc::new(EmbeddedStore::open(&path, Arc::new(clock.clone())).unwrap());
    let swept = store.clone();
    Stores::of(store, clock, directory).with_sweep(Box::new(move || {
        let store = swept.clone();
        // One record at a time, to check that several sweeps together remove everything.
        Box::pin(async move { while store.sweep(1).await.unwrap() > 0 {} })
    }))
});
