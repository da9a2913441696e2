//! `countersign`: the local server and the operator's tools.

mod args;
mod failure;
mod logging;
mod serve;
mod settings;
mod usage;

use std::process::ExitCode;

fn main() -> ExitCode {
    usage::parse().map_or_else(usage::report, |command| failure::report(command.run()))
}
