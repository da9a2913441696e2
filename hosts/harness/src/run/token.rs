//! Verifies a token.

use std::time::Duration;

use auth_runtime::Expectation;

use crate::cases::token::Token;
use crate::duration::describe_duration;
use crate::mismatch::Mismatch;
use crate::names;
use crate::observed::Seen;
use crate::world::World;

pub(crate) fn run(world: &World, token: &Token, now: u64, seen: &mut Seen) -> Result<(), Mismatch> {
    let after = u64::try_from(token.after.as_millis()).unwrap_or(u64::MAX);
    world.parts.clocks.time().set(now.saturating_add(after));
    let expectation = Expectation {
        issuer: token.issuer.clone(),
        audience: token.audience.clone(),
        leeway_seconds: world.policy().compiled.settings().token.leeway_seconds,
    };
    let verified = match &token.keyring {
        None => world.verifier.verify(&token.text, &expectation),
        Some(keyring) => world
            .verifier_with(keyring)
            .and_then(|verifier| verifier.verify(&token.text, &expectation)),
    };
    let outcome = match verified.map_err(|error| Mismatch::failed(&error))? {
        Ok(_) => names::OK,
        Err(error) => names::token(&error),
    };
    seen.outcome("token", outcome);
    if outcome == token.expected {
        return Ok(());
    }
    let after = match token.after {
        Duration::ZERO => String::new(),
        after => format!(" after {}", describe_duration(after)),
    };
    Err(Mismatch::new(&*token.expected, format!("{outcome}{after}")))
}
