//! Verifies a token.

use std::time::Duration;

use auth_memory::QuickKeys;
use auth_runtime::{Expectation, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cases::token::{Content, KEY_ID, Token};
use crate::duration::describe_duration;
use crate::mismatch::Mismatch;
use crate::names;
use crate::observed::Seen;
use crate::policy::ISSUER;
use crate::world::World;

pub(crate) fn run(world: &World, token: &Token, now: u64, seen: &mut Seen) -> Result<(), Mismatch> {
    let text = match &token.content {
        Content::Verbatim(text) => text.clone(),
        Content::Signed {
            signing_input,
            is_forged,
        } => signed(world, signing_input, *is_forged)?,
    };
    let after = u64::try_from(token.after.as_millis()).unwrap_or(u64::MAX);
    world.parts.clocks.time().set(now.saturating_add(after));
    let expectation = Expectation {
        issuer: ISSUER.to_owned(),
        audience: token.audience.clone(),
        leeway_seconds: world.policy().compiled.settings().token.leeway_seconds,
    };
    let verified = world.verifier.verify(&text, &expectation);
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

fn signed(world: &World, signing_input: &str, is_forged: bool) -> Result<String, Mismatch> {
    let signature = match is_forged {
        true => QuickKeys::new(KEY_ID, "somebody else's").sign(KEY_ID, signing_input.as_bytes()),
        false => world.parts.keys.sign(KEY_ID, signing_input.as_bytes()),
    };
    let signature = signature.map_err(|error| Mismatch::new("a signature", error.to_string()))?;
    Ok(format!(
        "{signing_input}.{}",
        URL_SAFE_NO_PAD.encode(signature)
    ))
}
