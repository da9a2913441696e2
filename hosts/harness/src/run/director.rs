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

/// What can happen to a call of a store in a story that asks for one fault. A read that is late is a
/// read whose answer is lost.
fn disturbances(lane: usize, call: &str) -> [Turn; 5] {
    let late = match call.contains(".find") || call.contains(".list") {
        true => Fault::After,
        false => Fault::Late,
    };
    [
        Turn::Go(lane, None),
        Turn::Go(lane, Some(Fault::Before)),
        Turn::Go(lane, Some(Fault::After)),
        Turn::HangUp(lane),
        Turn::Go(lane, Some(late)),
    ]
}

/// Tries every order that a story asks for, one in each run.
#[derive(Default)]
pub(crate) struct Exhaustive {
    orders: Orders,
    is_exhaustive: bool,
    /// Whether a fault is still to come.
    is_whole: bool,
}

impl Exhaustive {
    /// Takes only the orders that begin with these choices.
    pub(crate) fn within(choices: Vec<usize>) -> Self {
        Self {
            orders: Orders::within(choices),
            ..Self::default()
        }
    }

    /// What this run chose, each time among how many possibilities.
    pub(crate) fn made(&self) -> &[(usize, usize)] {
        self.orders.made()
    }

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
        let (lane, call) = waiting[choice];
        let turns = disturbances(lane, call);
        // The last one repeats another for a read.
        let among = if turns[4] == turns[2] { 4 } else { 5 };
        let turn = turns[self.orders.choose(among, self.is_whole)];
        self.is_whole &= !turn.is_disturbance();
        turn
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
