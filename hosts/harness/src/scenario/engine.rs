//! The component, as all scenarios of a process share it.

use std::sync::LazyLock;

use auth_runtime::{Allocation, Engine};

use crate::scenario::error::ScenarioError;

static ENGINE: LazyLock<Result<Engine, String>> = LazyLock::new(|| {
    // Each scenario runs at most eight flows at a time, and a process at most some dozen scenarios.
    Engine::load(Allocation::Pooling(512)).map_err(|error| format!("{:#}", error.cause))
});

/// The component, which is loaded once.
pub(super) fn engine() -> Result<&'static Engine, ScenarioError> {
    let engine = ENGINE.as_ref();
    engine.map_err(|reason| ScenarioError::Service(reason.clone()))
}
