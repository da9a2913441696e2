//! Acts that are made together: how they are told again, and how those see them who watch.

use auth_runtime::{Clock, Error};

use crate::cases::step::Act;
use crate::cases::story::{Step, Together};
use crate::invariants::{Acted, Round, Watch};
use crate::keys::Rotated;
use crate::mismatch::Mismatch;
use crate::run::answer::Answer;
use crate::run::call::Call;
use crate::turn::Turn;
use crate::world::World;

/// Acts that were made together, with their calls.
pub(crate) struct Cast<'s> {
    pub(crate) acts: Vec<&'s Act>,
    pub(crate) calls: Vec<Call>,
}

impl Cast<'_> {
    /// The step that tells again what was done. A client without an answer expects none.
    pub(crate) fn retold(
        &self,
        together: Option<&Together>,
        answers: &[Option<Result<Answer, Error>>],
        turns: &[Turn],
    ) -> Step {
        let acts = self.acts.iter().zip(answers).map(|(act, answer)| {
            let mut act = Act {
                times: 1,
                ..(*act).clone()
            };
            if !matches!(answer, Some(Ok(_))) {
                act.expected.clear();
            }
            act
        });
        let acts: Vec<Act> = acts.collect();
        let is_plain = turns.iter().all(|turn| matches!(turn, Turn::Go(_, None)));
        match (acts.as_slice(), together) {
            ([act], _) if is_plain => Step::Act(Box::new(act.clone())),
            _ => Step::Together(Together {
                bytes: 0..0,
                acts,
                is_exhaustive: false,
                has_fault: false,
                order: Some(turns.to_vec()),
                outcomes: Vec::new(),
            }),
        }
    }
}

/// Has the invariants checked after these acts.
///
/// # Errors
/// When one is broken.
pub(crate) fn observe(
    watch: &mut Watch,
    world: &World,
    cast: &Cast<'_>,
    answers: &[Option<Result<Answer, Error>>],
    began: u64,
    turns: &[Turn],
) -> Result<(), Mismatch> {
    let parts = &world.parts;
    let acted = cast.acts.iter().zip(&cast.calls).zip(answers).enumerate();
    let acts = acted.map(|(number, ((act, call), answer))| {
        let lane = world.lane(number);
        Acted {
            act,
            call,
            lane: number,
            answer: answer.as_ref().and_then(|answer| answer.as_ref().ok()),
            error: match answer {
                Some(Err(error)) => Some(format!("{:#}", error.cause)),
                _ => None,
            },
            hashes: lane.hasher.take_hashes(),
            events: lane.audit.audit.take(),
        }
    });
    let round = Round {
        acts: acts.collect(),
        entries: parts.journal.take(),
        began,
        ended: parts.clocks.time().now(),
        is_calm: !parts.outages.is_any() && !turns.iter().any(|turn| turn.is_disturbance()),
        conflicts: parts.journal.take_conflicts(),
        expired: parts.journal.take_expired(),
        slack: parts.clocks.slack(),
        secrets: parts.keys.rotations(Rotated::Secret),
    };
    for turn in turns {
        watch.goals.turn(*turn);
    }
    let verified = watch.observe(round, |token, expectation| {
        let verified = world.verifier.verify(token, expectation);
        verified.is_ok_and(|verified| verified.is_ok())
    });
    verified.map_err(|violation| Mismatch::new(violation.invariant.sentence(), violation.what))
}
