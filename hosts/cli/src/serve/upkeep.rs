//! The periodic tasks of a server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Error;
use auth_crypto::ServiceKeys;
use auth_embedded::EmbeddedStore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::store::Store;

const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// The most records that one sweep removes: few enough to leave room for other writes.
const SWEEP_AT_ONCE: usize = 500;
/// How often the key directory is checked for changes by `countersign keys`.
const KEYS_INTERVAL: Duration = Duration::from_secs(5);

/// Starts the tasks. They end when the returned set is dropped.
pub fn start(store: &Store, keys: &Arc<ServiceKeys>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    // A database drops expired records on its own.
    if let Store::Embedded(store) = store {
        let store = Arc::clone(store);
        tasks.spawn(every(SWEEP_INTERVAL, async move || {
            if let Err(error) = sweep(&store).await {
                tracing::warn!(error = format!("{error:#}"), "expired records stay for now");
            }
        }));
    }
    let keys = Arc::clone(keys);
    tasks.spawn(every(KEYS_INTERVAL, async move || {
        match keys.reload_if_changed() {
            Ok(true) => tracing::info!("the keys changed and were read again"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the keys stay unchanged"),
        }
    }));
    tasks
}

async fn every(interval: Duration, work: impl AsyncFn()) {
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        work().await;
    }
}

async fn sweep(store: &EmbeddedStore) -> Result<(), Error> {
    while store.sweep(SWEEP_AT_ONCE).await? == SWEEP_AT_ONCE {}
    Ok(())
}
