//! Asks for every role and every class of permissions whether something is allowed after all.

use auth_runtime::{Decision, Question};

use crate::cases::never::{Never, witnesses};
use crate::mismatch::Mismatch;
use crate::observed::Seen;
use crate::run::access::decide;
use crate::run::refusal::describe;
use crate::world::World;

pub(crate) fn run(world: &World, never: &Never, seen: &mut Seen) -> Result<(), Mismatch> {
    let policy = world.policy();
    for name in policy.role_names() {
        let Some(role) = policy
            .compiled
            .find_role(name)
            .filter(|_| !never.except.iter().any(|it| it == name))
        else {
            continue;
        };
        let roles = vec![name.to_owned()];
        for permission in witnesses(role, &never.pattern) {
            // What a subject may do at all, it may do on what it owns.
            let question = Question {
                subject: "subject".to_owned(),
                roles: roles.clone(),
                permission,
                owner: Some("subject".to_owned()),
            };
            let decision = decide(world, &question)?;
            if let Decision::Allowed(rule) = &decision {
                let expected = format!("no role allows {}", never.pattern);
                let mut mismatch =
                    Mismatch::new(expected, format!("{name} may {}", question.permission));
                mismatch.notes.push(describe("allow", rule));
                return Err(mismatch);
            }
            seen.decision(&roles, &decision, true);
        }
    }
    Ok(())
}
