//! Offers a password or an address to the service.

use auth_runtime::{AdministrationError, Authority, NewAccount};

use crate::cases::value::{Field, Value};
use crate::mismatch::Mismatch;
use crate::names;
use crate::observed::Seen;
use crate::world::World;

/// A password that no policy refuses, for an address that is judged.
const PASSWORD: &str = "quiet herons wade past noon";

pub(crate) fn run(world: &World, value: &Value, now: u64, seen: &mut Seen) -> Result<(), Mismatch> {
    let (call, email, password) = match value.field {
        Field::Password => (
            "password",
            value.email.as_deref().unwrap_or("someone@example.com"),
            &*value.text,
        ),
        Field::Email => ("email", &*value.text, PASSWORD),
    };
    world.reset(now);
    let account = NewAccount {
        email: email.to_owned(),
        roles: Vec::new(),
        password: Some(password.to_owned()),
    };
    let service = world.service(0);
    let created = world
        .runtime
        .block_on(service.create_account(&Authority::Operator, &account));
    let reasons = match created.map_err(|error| Mismatch::failed(&error))? {
        Ok(_) => Vec::new(),
        Err(AdministrationError::WeakPassword(violations)) if value.field == Field::Password => {
            violations.iter().map(names::password).collect()
        }
        Err(AdministrationError::InvalidEmail(violation)) if value.field == Field::Email => {
            vec![names::email(&violation)]
        }
        Err(other) => vec![names::administration(&other)],
    };
    for reason in reasons
        .iter()
        .chain(reasons.is_empty().then_some(&names::OK))
    {
        seen.outcome(call, reason);
    }
    let actual = || match reasons.as_slice() {
        [] => "accepted".to_owned(),
        reasons => format!("refused: {}", reasons.join(", ")),
    };
    match &value.refusal {
        None if reasons.is_empty() => Ok(()),
        None => Err(Mismatch::new("accepted", actual())),
        Some(reason) if reasons.contains(&reason.as_str()) => Ok(()),
        Some(reason) => Err(Mismatch::new(format!("refused: {reason}"), actual())),
    }
}
