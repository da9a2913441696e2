//! Runs the conformance tests of the stores on a real server, each test in a database of its own.

use std::sync::Arc;

use auth_conformance::Stores;
use auth_faults::TestDatabase;
use auth_memory::ManualClock;

auth_conformance::conformance!(|clock: ManualClock| async move {
    let database = TestDatabase::new();
    Stores::of(Arc::new(database.store().await), clock, database)
});
