//! Compares an answer with what a story expects.

use crate::cases::step::Act;
use crate::mismatch::Mismatch;
use crate::run::answer::Answer;
use crate::run::refusal::Refusal;
use crate::run::words::described;

/// Compares an answer with what the act expects.
///
/// # Errors
/// When they differ.
pub(crate) fn compare(act: &Act, answer: &Answer) -> Result<(), Mismatch> {
    if !act.expected.is_empty() && !act.expected.iter().any(|it| it == answer.outcome) {
        return Err(Mismatch::new(act.expected.join(" or "), described(answer)));
    }
    let retry = act.retry.map(|retry| retry.as_secs());
    let answered = answer.refusal.as_ref().and_then(Refusal::retry_seconds);
    if retry.is_some_and(|retry| answered.map(u64::from) != Some(retry)) {
        let expected = format!(
            "{} for {}s",
            act.expected.join(" or "),
            retry.unwrap_or_default()
        );
        return Err(Mismatch::new(expected, described(answer)));
    }
    let count = act.count.and_then(|count| usize::try_from(count).ok());
    if count.is_some() && answer.count != count {
        let counted = |count: Option<usize>| format!("{} sessions", count.unwrap_or_default());
        return Err(Mismatch::new(counted(count), counted(answer.count)));
    }
    Ok(())
}
