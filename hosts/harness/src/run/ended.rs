//! What came of flows that ran side by side.

use auth_runtime::Error;

use crate::mismatch::Mismatch;
use crate::run::answer::Answer;
use crate::turn::Turn;

/// What came of a flow.
pub(crate) enum Ended {
    Answered(Box<Answer>),
    /// The client got no answer, because of a fault.
    Unanswered,
}

/// What came of the flows, by lane.
///
/// # Errors
/// When a flow failed that no fault concerned.
pub(crate) fn ended(
    answers: Vec<Option<Result<Answer, Error>>>,
    turns: &[Turn],
    has_outage: bool,
) -> Result<Vec<Ended>, Mismatch> {
    let is_disturbed = |lane| {
        let concerns = |turn: &Turn| turn.is_disturbance() && turn.lane() == Some(lane);
        has_outage || turns.iter().any(concerns)
    };
    let ended = answers.into_iter().enumerate().map(|(lane, answer)| {
        Ok(match answer {
            Some(Ok(answer)) => Ended::Answered(Box::new(answer)),
            Some(Err(error)) if !is_disturbed(lane) => return Err(Mismatch::failed(&error)),
            Some(Err(_)) | None => Ended::Unanswered,
        })
    });
    ended.collect()
}
