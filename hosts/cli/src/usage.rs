//! Parses command line and environment into a command, or into one sentence about the error.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};

use crate::args::{self, Cli};
use crate::failure;

/// Parses the arguments and the environment of this process.
///
/// # Errors
/// For help, the version, and every error of usage. [`report`] prints it.
pub fn parse() -> Result<args::Command, Error> {
    let mut command = without_empty_variables(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map(|cli| cli.command)
}

/// Treats an empty variable as unset, because compose files pass a missing value on as an empty
/// one.
fn without_empty_variables(command: Command) -> Command {
    command
        .mut_args(
            |argument| match argument.get_env().and_then(std::env::var_os) {
                Some(value) if value.is_empty() => argument.env(None::<&str>),
                _ => argument,
            },
        )
        .mut_subcommands(without_empty_variables)
}

/// Prints help to standard output and errors to standard error.
pub fn report(error: Error) -> ExitCode {
    if let Some(sentence) = describe_value(&error) {
        return failure::report(Err(failure::Failure::Error(anyhow::Error::msg(sentence))));
    }
    // When the output is closed, the error cannot be reported.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The sentence for a value that a setting does not accept. clap names only the flag, but most
/// settings come from variables.
fn describe_value(error: &Error) -> Option<String> {
    if !matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
    ) {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (argument, value) = (
        text(ContextKind::InvalidArg)?,
        text(ContextKind::InvalidValue)?,
    );
    let setting = setting_name(argument);
    if value.is_empty() {
        return Some(format!("{setting} has no value"));
    }
    let reason = match (
        error.get(ContextKind::ValidValue),
        std::error::Error::source(error),
    ) {
        (Some(ContextValue::Strings(known)), _) => format!("it is one of {}", known.join(", ")),
        (_, Some(source)) => source.to_string(),
        _ => return None,
    };
    Some(format!("{setting} cannot be `{value}`: {reason}"))
}

/// `--listen <ADDRESS>`, as clap shows an argument, with its variable: `--listen (COUNTERSIGN_LISTEN)`.
fn setting_name(argument: &str) -> String {
    let name = argument.split_once(' ').map_or(argument, |(name, _)| name);
    match variable(&Cli::command(), name.trim_start_matches("--")) {
        Some(variable) => format!("{name} ({variable})"),
        None => name.to_owned(),
    }
}

/// The variable of a flag. A flag has the same variable in all commands.
fn variable(command: &Command, flag: &str) -> Option<String> {
    let mut own = command
        .get_arguments()
        .filter(|argument| argument.get_long() == Some(flag));
    let own = own.find_map(|argument| Some(argument.get_env()?.display().to_string()));
    own.or_else(|| {
        command
            .get_subcommands()
            .find_map(|command| variable(command, flag))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn refusal(arguments: &[&str]) -> String {
        let line = ["countersign"].iter().chain(arguments);
        let Err(error) = Cli::try_parse_from(line) else {
            panic!("{arguments:?} was accepted");
        };
        describe_value(&error).unwrap_or_else(|| format!("no sentence for {error}"))
    }

    #[test]
    fn a_bad_value_is_one_sentence_that_names_the_setting() {
        for (flag, value, sentence) in [
            (
                "--listen",
                "8080",
                "--listen (COUNTERSIGN_LISTEN) cannot be `8080`: it is an IP address with a port, \
                 such as 127.0.0.1:8080",
            ),
            (
                "--log-format",
                "xml",
                "--log-format (LOG_FORMAT) cannot be `xml`: it is one of text, json",
            ),
            (
                "--environment",
                "qa",
                "--environment (ENVIRONMENT) cannot be `qa`: it is one of development, staging, \
                 production",
            ),
            (
                "--trusted-proxies",
                "10.0.0.0/8,10.0.0.0/33",
                "--trusted-proxies (COUNTERSIGN_TRUSTED_PROXIES) cannot be `10.0.0.0/33`: it is an \
                 address or a network, such as 10.0.0.0/8",
            ),
            (
                "--issuer",
                "auth.example.com",
                "--issuer (COUNTERSIGN_ISSUER) cannot be `auth.example.com`: it is an http or https \
                 URL without query and fragment, of at most 200 bytes",
            ),
        ] {
            assert_eq!(refusal(&["serve", flag, value]), sentence);
        }
    }

    #[test]
    fn every_command_line_fault_that_is_no_value_is_left_to_clap() {
        let Err(error) = Cli::try_parse_from(["countersign", "serve", "--no-such-flag"]) else {
            panic!("an unknown flag was accepted");
        };
        assert_eq!(describe_value(&error), None);
    }
}
