//! Makes the steps of a failed simulation fewer, as long as the same invariant is broken.

use std::time::Duration;

use crate::cases::step::Act;
use crate::cases::story::{Step, Together};
use crate::turn::Turn;

/// Makes the steps fewer. `replay` plays some steps and returns what was done if the same invariant
/// is broken. It is called at most so many times as `tries` says.
pub(crate) fn shrink(
    steps: Vec<Step>,
    tries: usize,
    replay: impl FnMut(&[Step]) -> Option<Vec<Step>>,
) -> Vec<Step> {
    let mut shrinking = Shrinking {
        steps,
        replay,
        left: tries,
    };
    loop {
        let before = shrinking.size();
        shrinking.drop_steps();
        shrinking.drop_acts();
        shrinking.calm_orders();
        shrinking.simplify_acts();
        shrinking.shorten_waits();
        if shrinking.left == 0 || shrinking.size() == before {
            return shrinking.steps;
        }
    }
}

struct Shrinking<R> {
    /// The fewest steps so far.
    steps: Vec<Step>,
    replay: R,
    left: usize,
}

impl<R: FnMut(&[Step]) -> Option<Vec<Step>>> Shrinking<R> {
    /// Takes over these steps if they still break the invariant.
    fn keep(&mut self, steps: &[Step]) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let done = (self.replay)(steps);
        if let Some(done) = done {
            self.steps = done;
            return true;
        }
        false
    }

    /// Steps, acts and turns together, and what the acts state.
    fn size(&self) -> usize {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Together(together) => {
                    let acts = together.acts.iter().map(stated).sum::<usize>();
                    1 + acts + together.order.as_ref().map_or(0, Vec::len)
                }
                Step::Act(act) => 1 + stated(act),
                Step::Wait(_) | Step::Outage(..) | Step::Event(_) => 1,
            })
            .sum()
    }

    /// Drops chunks of steps, halves first (delta debugging).
    fn drop_steps(&mut self) {
        let mut chunk = self.steps.len().div_ceil(2);
        while chunk > 0 {
            let mut start = 0;
            while start < self.steps.len() {
                let mut fewer = self.steps.clone();
                fewer.drain(start..(start + chunk).min(self.steps.len()));
                if !self.keep(&fewer) {
                    start += chunk;
                }
            }
            chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
        }
    }

    /// Tries each change that `changes` offers of a step.
    fn change_steps(&mut self, changes: impl Fn(&Step) -> Vec<Step>) {
        let mut number = 0;
        while let Some(step) = self.steps.get(number) {
            let mut offered = changes(step).into_iter();
            let is_changed = offered.any(|changed| {
                let mut steps = self.steps.clone();
                steps[number] = changed;
                self.keep(&steps)
            });
            if !is_changed {
                number += 1;
            }
        }
    }

    /// Drops single acts of those that happen together.
    fn drop_acts(&mut self) {
        self.change_steps(|step| match step {
            Step::Together(together) if together.acts.len() > 1 => (0..together.acts.len())
                .map(|number| Step::Together(without_act(together, number)))
                .collect(),
            _ => Vec::new(),
        });
    }

    /// Takes disturbances out of orders, then orders as a whole.
    fn calm_orders(&mut self) {
        self.change_steps(|step| {
            let Step::Together(together) = step else {
                return Vec::new();
            };
            let Some(order) = together.order.as_ref().filter(|order| !order.is_empty()) else {
                return Vec::new();
            };
            let with = |order: Vec<Turn>| {
                Step::Together(Together {
                    order: Some(order),
                    ..together.clone()
                })
            };
            // In the order of the acts, then with every disturbance left out, alone.
            let mut calmer = Vec::new();
            let mut plain: Vec<_> = order.clone();
            plain.sort_by_key(|turn| turn.lane());
            if plain != *order && order.iter().all(|turn| matches!(turn, Turn::Go(_, None))) {
                calmer.push(with(plain));
            }
            for (number, turn) in order.iter().enumerate() {
                let mut fewer = order.clone();
                match turn {
                    Turn::Go(_, None) => continue,
                    Turn::Go(lane, Some(_)) | Turn::HangUp(lane) => {
                        fewer[number] = Turn::Go(*lane, None);
                    }
                    Turn::Pass(_) | Turn::Event(_) | Turn::Arrive => drop(fewer.remove(number)),
                }
                calmer.push(with(fewer));
            }
            calmer
        });
    }

    /// Leaves out what acts state and does not matter.
    fn simplify_acts(&mut self) {
        self.change_steps(|step| match step {
            Step::Act(act) => {
                let simpler = simpler(act).into_iter();
                simpler.map(|act| Step::Act(Box::new(act))).collect()
            }
            Step::Together(together) => {
                let mut offered = Vec::new();
                for (number, act) in together.acts.iter().enumerate() {
                    for act in simpler(act) {
                        let mut changed = together.clone();
                        changed.acts[number] = act;
                        offered.push(Step::Together(changed));
                    }
                }
                offered
            }
            _ => Vec::new(),
        });
    }

    /// Makes times shorter: each by the shortest of a few that suffices.
    fn shorten_waits(&mut self) {
        self.change_steps(|step| match step {
            Step::Wait(time) => [1, 11, 61, 301, 3_601]
                .map(Duration::from_secs)
                .into_iter()
                .filter(|shorter| shorter < time)
                .map(Step::Wait)
                .collect(),
            _ => Vec::new(),
        });
    }
}

/// How much an act states.
fn stated(act: &Act) -> usize {
    let stated = [
        &act.source,
        &act.device,
        &act.password,
        &act.key,
        &act.with,
        &act.owner,
    ];
    1 + stated.into_iter().flatten().count()
}

/// The act with one thing less.
fn simpler(act: &Act) -> Vec<Act> {
    let without: [fn(&mut Act) -> Option<String>; 6] = [
        |act| act.source.take(),
        |act| act.device.take(),
        |act| act.password.take(),
        |act| act.key.take(),
        |act| act.with.take(),
        |act| act.owner.take(),
    ];
    let simpler = without.into_iter().filter_map(|without| {
        let mut simpler = act.clone();
        without(&mut simpler).map(|_| simpler)
    });
    simpler.collect()
}

fn without_act(together: &Together, number: usize) -> Together {
    let mut fewer = together.clone();
    fewer.acts.remove(number);
    if let Some(order) = &mut fewer.order {
        order.retain(|turn| turn.lane() != Some(number));
        for turn in order {
            if let Turn::Go(lane, _) | Turn::HangUp(lane) = turn
                && *lane > number
            {
                *lane -= 1;
            }
        }
    }
    fewer
}
