//! `countersign`: the local server and the operator's tools.

mod args;
mod audit;
mod columns;
mod data_directory;
mod database;
mod environment;
mod failure;
mod gateway;
mod keys;
mod metrics;
mod migrate;
mod policy;
mod prompt;
#[cfg(test)]
mod reference;
mod serve;
mod serving;
mod settings;
mod simulate;
mod store;
mod timestamp;
mod token;
mod usage;
mod users;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;

use args::{Cli, Command};

fn main() -> ExitCode {
    match usage::parse() {
        Ok(command) => failure::report(run(command)),
        Err(error) => usage::report(error),
    }
}

fn run(command: Command) -> failure::Outcome {
    match command {
        Command::Serve(settings) => serve::run(&settings),
        Command::Gateway(settings) => gateway::run(&settings),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Users(command) => users::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Policy(command) => policy::run(command),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Token(command) => token::run(command),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "countersign", &mut script);
            Ok(io::stdout().write_all(&script)?)
        }
    }
}
