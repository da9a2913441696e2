//! `countersign token`: prints and checks access tokens.

mod inspect;
mod verify;

use std::io::{self, Read};

use anyhow::{Context, Result, bail};

use crate::args::TokenCommand;
use crate::failure::Outcome;

/// The most bytes that are read. The component's own limit is lower.
const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// Runs one `countersign token` command.
///
/// # Errors
/// When the token is refused, or the check cannot be carried out.
pub fn run(command: TokenCommand) -> Outcome {
    match command {
        TokenCommand::Inspect { token } => inspect::run(&read(token)?),
        TokenCommand::Verify(arguments) => verify::run(&arguments, &read(arguments.token.clone())?),
    }
}

/// Returns the argument, or for `-` the text of standard input without surrounding white space.
fn read(argument: String) -> Result<String> {
    let mut text = argument;
    if text == "-" {
        text.clear();
        let read = io::stdin()
            .lock()
            .take(MAX_TOKEN_BYTES)
            .read_to_string(&mut text);
        read.context("cannot read the token from standard input")?;
    }
    let token = text.trim();
    if token.is_empty() {
        bail!("there is no token");
    }
    Ok(token.to_owned())
}
