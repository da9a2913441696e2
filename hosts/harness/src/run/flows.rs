//! Runs several calls side by side.

use auth_runtime::Error;

use crate::gate::{Choice, Flow, Waiting};
use crate::mismatch::Mismatch;
use crate::run::answer::Answer;
use crate::run::call::{Call, make};
use crate::run::director::Director;
use crate::turn::Turn;
use crate::world::World;

/// The most calls of the stores that one flow makes. One that makes more never ends.
const MAX_CALLS: usize = 500;

/// Makes the calls side by side, each in a lane of its own, as the director says. `note` hears of each
/// turn, with the flows that wait. A flow whose client gave up has no answer.
///
/// # Errors
/// When a flow does not end.
pub(crate) async fn side_by_side(
    world: &World,
    calls: &[Call],
    director: &mut dyn Director,
    mut note: impl FnMut(Turn, &[Waiting]),
) -> Result<Vec<Option<Result<Answer, Error>>>, Mismatch> {
    let mut flows: Vec<Flow<'_, Result<Answer, Error>>> = Vec::new();
    for (lane, call) in calls.iter().enumerate() {
        let service = world.service(lane);
        flows.push(Box::pin(make(call.clone(), service, &world.verifier)));
    }
    let mut made = vec![0; flows.len()];
    let mut is_endless = false;
    let mut gone = Vec::new();
    let choose = |waiting: &[Waiting]| loop {
        let turn = match director.turn(waiting) {
            // A client gives up once.
            Turn::HangUp(lane) if gone.contains(&lane) => Turn::Go(lane, None),
            turn => turn,
        };
        note(turn, waiting);
        match turn {
            Turn::Go(lane, fault) => {
                made[lane] += 1;
                is_endless = made[lane] > MAX_CALLS;
                if is_endless {
                    return Choice::Break;
                }
                return Choice::Go(lane, fault);
            }
            Turn::HangUp(lane) => {
                gone.push(lane);
                return Choice::HangUp(lane);
            }
            Turn::Pass(time) => world.parts.clocks.time().advance(time),
            Turn::Event(event) => world.happen(event),
            Turn::Arrive => drop(world.parts.journal.arrive()),
        }
    };
    let is_busy = |lane| world.lane(lane).is_busy();
    let answers = world.parts.gate.run(flows, is_busy, choose).await;
    world.parts.journal.arrive();
    if is_endless {
        let expected = format!("an end within {MAX_CALLS} calls of the stores");
        return Err(Mismatch::new(expected, "more calls"));
    }
    Ok(answers)
}
