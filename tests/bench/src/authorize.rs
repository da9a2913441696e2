//! Authorisation decisions on a reused instance, under policies of growing size.

use std::fmt::Write as _;
use std::hint::black_box;

use anyhow::Result;
use auth_runtime::{Algorithm, Decision, Question, VerifierInstance};

use crate::measure::interleaved;
use crate::report::report;
use crate::verifier::{Key, verifier};

const ROLES: [usize; 4] = [10, 100, 1000, 10_000];

/// How many decisions a batch has.
const CALLS: u32 = 1000;

pub fn run() -> Result<()> {
    let key = Key::generate(Algorithm::EdDsa)?;
    let mut verifiers = Vec::new();
    for roles in ROLES {
        let instance = verifier(&key, &policy(roles))?.instance()?;
        verifiers.push((instance, question(roles)));
    }
    let mut operations: Vec<_> = verifiers
        .iter_mut()
        .map(|(verifier, asked)| move || decide(verifier, asked))
        .collect();
    let [a, b, c, d] = operations.as_mut_slice() else {
        unreachable!("four policies")
    };
    let times = interleaved(CALLS, [a, b, c, d]);
    for (roles, time) in ROLES.into_iter().zip(times) {
        let value = format!("{time:.2} µs = {:.2}x", time / times[0]);
        report(&format!("{roles} roles"), &value, "at most 5 µs, no growth");
    }
    Ok(())
}

/// A policy with this many roles, each of which allows something else, beside the roles that
/// settings name.
fn policy(roles: usize) -> String {
    let mut text = String::from("[roles.admin]\nallow = [\"*:*\"]\n[roles.user]\n");
    for role in 0..roles {
        let _ = write!(
            text,
            "[roles.team-{role}]\nallow = [\"area-{role}:read\", \"area-{role}:write\"]\n"
        );
    }
    text
}

/// A question about the role in the middle, which the second rule of that role answers.
fn question(roles: usize) -> Question {
    let role = roles / 2;
    Question {
        subject: "0190a5d8-7f3e-7c11-9f3a-1d2c3b4a5968".to_owned(),
        roles: vec![format!("team-{role}")],
        permission: format!("area-{role}:write"),
        owner: None,
    }
}

fn decide(instance: &mut VerifierInstance, question: &Question) {
    let decision = instance.decide(question).expect("an answer");
    assert!(matches!(black_box(decision), Ok(Decision::Allowed(_))));
}
