//! The conformance tests on the stores in memory.

use std::sync::Arc;

use auth_conformance::Stores;
use auth_memory::{ManualClock, MemoryStores};

auth_conformance::conformance!(|clock: ManualClock| async move {
    Stores::of(
        Arc::new(MemoryStores::new(Arc::new(clock.clone()))),
        clock,
        (),
    )
});
