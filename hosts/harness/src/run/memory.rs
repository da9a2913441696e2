//! What happened in a run of a story so far.

use crate::cases::story::Step;
use crate::run::stage::Stage;
use crate::world::World;

/// What happened in a run so far.
pub(crate) struct Memory {
    pub(crate) stage: Stage,
    /// The calls that were made together, in their order.
    pub(crate) made: Vec<String>,
    /// What was done, to be told again.
    pub(crate) done: Vec<Step>,
}

impl Memory {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            stage: Stage::new(world.policy()),
            made: Vec::new(),
            done: Vec::new(),
        }
    }
}
