//! Directs flows that run together: who goes on, and what goes wrong.

use crate::cases::story::Together;
use crate::gate::Waiting;
use crate::run::orders::Orders;
use crate::turn::{Fault, Turn};

/// Directs flows that run together.
pub(crate) trait Director {
    /// These acts begin.
    fn begin(&mut self, together: &Together);

    /// What happens next, while these flows wait.
    fn turn(&mut self, waiting: &[Waiting]) -> Turn;
}

/// What can happen to a call of a store in a story that asks for one fault.
const FAULTS: [Option<Fault>; 3] = [None, Some(Fault::Before), Some(Fault::After)];

/// Tries every order that a story asks for, one in each run.
#[derive(Default)]
pub(crate) struct Exhaustive {
    orders: Orders,
    is_exhaustive: bool,
    /// Whether a fault is still to come.
    is_whole: bool,
}

impl Exhaustive {
    /// Plans the next run. False when every order was taken.
    pub(crate) fn advance(&mut self) -> bool {
        self.orders.advance()
    }
}

impl Director for Exhaustive {
    fn begin(&mut self, together: &Together) {
        self.is_exhaustive = together.is_exhaustive;
        self.is_whole = together.has_fault;
    }

    fn turn(&mut self, waiting: &[Waiting]) -> Turn {
        let choice = self.orders.choose(waiting.len(), self.is_exhaustive);
        let fault = FAULTS[self.orders.choose(FAULTS.len(), self.is_whole)];
        self.is_whole &= fault.is_none();
        Turn::Go(waiting[choice].0, fault)
    }
}

/// Takes the order that a story states. After its end, and where it names a flow that does not wait,
/// the first one goes on.
pub(crate) struct Script<'a> {
    pub(crate) turns: std::slice::Iter<'a, Turn>,
}

impl Director for Script<'_> {
    fn begin(&mut self, _: &Together) {}

    fn turn(&mut self, waiting: &[Waiting]) -> Turn {
        let waits = |turn: &Turn| match turn.lane() {
            Some(lane) => waiting.iter().any(|(it, _)| *it == lane),
            None => true,
        };
        match self.turns.find(|turn| waits(turn)) {
            Some(turn) => *turn,
            None => Turn::Go(waiting[0].0, None),
        }
    }
}
