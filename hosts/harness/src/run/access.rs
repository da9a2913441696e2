//! Asks the component about a permission.

use auth_runtime::{DecideError, Decision, Question};

use crate::cases::access::{Access, Answer};
use crate::correction::Correction;
use crate::mismatch::Mismatch;
use crate::observed::Seen;
use crate::run::refusal::describe;
use crate::world::World;

pub(crate) fn run(world: &World, access: &Access, seen: &mut Seen) -> Result<(), Mismatch> {
    let (answer, decision) = ask(world, access, seen)?;
    let rule = match &decision {
        Decision::Allowed(rule) => Some(("allow", rule)),
        Decision::Denied(rule) => Some(("deny", rule)),
        Decision::Unmatched => None,
    };
    let mut mismatch = Mismatch::new(access.expected.describe(), answer.describe());
    mismatch
        .notes
        .extend(rule.map(|(effect, rule)| describe(effect, rule)));
    if answer != access.expected {
        mismatch.correction = correction(access, answer).map(Box::new);
        return Err(mismatch);
    }
    let Some(why) = &access.why else {
        return Ok(());
    };
    if rule.is_some_and(|(effect, rule)| why.matches(effect, rule)) {
        return Ok(());
    }
    mismatch.expected = why.describe();
    mismatch.actual = rule.map_or("no rule".to_owned(), |(effect, rule)| {
        describe(effect, rule)
    });
    mismatch.notes.clear();
    Err(mismatch)
}

/// The answer as the file would have to state it.
fn correction(access: &Access, answer: Answer) -> Option<Correction> {
    let stated = access.expected_at.as_ref()?;
    let name = answer.name();
    let text = if stated.is_quoted {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    };
    Some(Correction {
        bytes: stated.bytes.clone(),
        text,
    })
}

/// The answer, and the decision that it follows from.
fn ask(world: &World, access: &Access, seen: &mut Seen) -> Result<(Answer, Decision), Mismatch> {
    let mut question = Question {
        subject: access.subject.name.clone(),
        roles: access.subject.roles.clone(),
        permission: access.permission.clone(),
        owner: access.owner.clone(),
    };
    let decision = decide(world, &question)?;
    let is_own = access.owner.as_deref() == Some(&access.subject.name);
    let own_only = is_own && matches!(decision, Decision::Allowed(_)) && {
        question.owner = None;
        decide(world, &question)? == Decision::Unmatched
    };
    seen.decision(&access.subject.roles, &decision, own_only);
    let answer = match &decision {
        Decision::Allowed(_) => Answer::Yes,
        Decision::Denied(_) => Answer::No,
        Decision::Unmatched if access.owner.is_none() => {
            question.owner = Some(access.subject.name.clone());
            let own = decide(world, &question)?;
            seen.decision(&access.subject.roles, &own, true);
            let answer = match &own {
                Decision::Allowed(_) => Answer::Own,
                Decision::Denied(_) => Answer::No,
                Decision::Unmatched => Answer::Nothing,
            };
            return Ok((answer, own));
        }
        Decision::Unmatched => Answer::Nothing,
    };
    Ok((answer, decision))
}

pub(super) fn decide(world: &World, question: &Question) -> Result<Decision, Mismatch> {
    match world.verifier.decide(question) {
        Ok(Ok(decision)) => Ok(decision),
        Ok(Err(DecideError::MalformedPermission)) => Err(Mismatch::new(
            "a decision",
            format!("malformed-permission: `{}`", question.permission),
        )),
        Ok(Err(DecideError::Token(error))) => {
            Err(Mismatch::new("a decision", crate::names::token(&error)))
        }
        Err(error) => Err(Mismatch::failed(&error)),
    }
}
