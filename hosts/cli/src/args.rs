//! The tree of commands, with arguments and help.

use std::sync::LazyLock;

use auth_composition::settings::table;
use auth_crypto::algorithm::Algorithm;
use auth_key_sets::Location;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::audit::Audit;
use crate::policy::PolicyCommand;
use crate::settings::{
    self, DataDirectorySetting, DatabaseSettings, GatewaySettings, LogSettings, PolicySetting,
    ServerSettings,
};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\ncomponent sha256:{}",
        env!("CARGO_PKG_VERSION"),
        auth_artifact::SHA256
    )
});

const EXIT_STATUS: &str = "\
Exit status:
  0  done, or the token is valid
  1  refused: the token is not valid, the address is taken, the password is too weak, …
  2  not carried out: wrong usage, a bad setting, a file or an address that cannot be used";

/// An authentication service whose rules are one WebAssembly component
#[derive(Debug, Parser)]
#[command(name = "countersign", version = VERSION.as_str(), after_help = EXIT_STATUS)]
#[command(disable_help_subcommand = true, mut_subcommands = settings::describe)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Box<ServerSettings>),
    /// Judge requests for proxies, by the public keys of an issuer and the routes of a policy
    Gateway(Box<GatewaySettings>),
    /// Make the collections and indexes that the database of MONGODB_URI lacks
    #[command(after_help = "\
Only this command makes collections and indexes; the server never does. It prints first what it will \
make. A second run makes nothing.

Examples:
  countersign migrate --dry-run
  countersign migrate --mongodb-ca-file global-bundle.pem")]
    Migrate(Migrate),
    /// Make, list, disable and enable accounts, without a running server
    #[command(
        subcommand,
        after_help = "\
One process holds a data directory: stop the server first, or use /v1/users. A database (MONGODB_URI) \
is shared with running servers. Each change is written to the audit log, on standard error."
    )]
    Users(UsersCommand),
    /// List, rotate and retire the keys that sign access tokens
    #[command(
        subcommand,
        after_help = "\
The server may be running: it takes up a change within seconds. Each change is written to the audit \
log, on standard error."
    )]
    Keys(KeysCommand),
    /// Check policy files, and test them with cases
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Run the whole service in memory with faults, and watch what must always hold
    #[command(after_help = crate::simulate::EXAMPLES)]
    Simulate(crate::simulate::Simulate),
    /// Print and check access tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Find audit events in the log of a server
    #[command(after_help = "\
Reads the lines that a server, a function or `countersign users` writes with --log-format json, from \
the files or from standard input, and prints the audit events among them. The filters are joined by \
*and*; --kind may be repeated.

Examples:
  countersign audit --since 24h --kind refresh-reused --kind refresh-replay-refused server.log
  journalctl -u countersign -o cat | countersign audit --source 192.0.2.7
  countersign audit --account 01934f6e-7c1a-7d3b-9a55-2f1f0c9b6e01 --format json server.log | jq .event")]
    Audit(Audit),
    /// Print the completions for a shell
    #[command(after_help = "\
Examples:
  countersign completions bash > /etc/bash_completion.d/countersign
  countersign completions zsh > \"${fpath[1]}/_countersign\"")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `countersign migrate`
#[derive(Args, Debug)]
pub struct Migrate {
    /// Print what is missing and make nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub database: DatabaseSettings,
}

/// `countersign users`
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Make an account
    #[command(after_help = "\
The password is asked for twice, without echo. From a pipe, or with --password-stdin, it is the \
first line of standard input. It is never an argument, for arguments show in the list of processes.

Examples:
  countersign users create alice@example.com
  countersign users create ops@example.com --role admin --password-stdin < password.txt
  countersign users create bob@example.com --initial-password")]
    Create(CreateUser),
    /// List all accounts in order of address
    #[command(after_help = "\
Examples:
  countersign users list
  countersign users list --search ali
  countersign users list --json | jq -r '.[] | select(.status == \"disabled\") | .email'")]
    List(ListUsers),
    /// Disable an account and end its sessions
    #[command(after_help = "\
Examples:
  countersign users disable alice@example.com")]
    Disable(OneUser),
    /// Enable an account that was disabled
    Enable(OneUser),
    /// Let the owner of an account try again at once after too many failed logins
    #[command(after_help = "\
The failed attempts on the account are forgotten. Its devices and sources stay known.

Examples:
  countersign users unlock alice@example.com")]
    Unlock(OneUser),
}

/// `countersign users create`
#[derive(Args, Debug)]
pub struct CreateUser {
    /// The address that the account logs in with
    pub email: String,
    /// A role of the policy; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// Read the password from standard input, also from a terminal
    #[arg(long)]
    pub password_stdin: bool,
    /// Make a random password, print it this once, and have its owner replace it at the first login
    #[arg(long, conflicts_with = "password_stdin")]
    pub initial_password: bool,
    #[command(flatten)]
    pub data: DataDirectorySetting,
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub policy: PolicySetting,
    #[command(flatten)]
    pub log: LogSettings,
}

/// `countersign users list`
#[derive(Args, Debug)]
pub struct ListUsers {
    /// Only accounts whose address begins with this prefix
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    pub search: String,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub data: DataDirectorySetting,
    #[command(flatten)]
    pub database: DatabaseSettings,
}

/// `countersign users disable`, `enable` and `unlock`
#[derive(Args, Debug)]
pub struct OneUser {
    /// The account's id or address
    #[arg(value_name = "ID|EMAIL")]
    pub account: String,
    #[command(flatten)]
    pub data: DataDirectorySetting,
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub log: LogSettings,
}

/// `countersign keys`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the signing keys
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        data: DataDirectorySetting,
    },
    /// Make a new key: it is published at once, and signs once verifiers had time to fetch it
    #[command(after_help = "\
The key before it stays published until the last token it signed has expired. A running server \
takes the new key up within seconds. With --lead 0, for a key that leaked, verifiers refuse new \
tokens until they have fetched the keys again.

Examples:
  countersign keys rotate
  countersign keys rotate --lead 86400 --algorithm ES256")]
    Rotate {
        /// How long the key is published before its first use: at least as long as verifiers cache
        #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
        lead: u64,
        /// The algorithm of the new key [default: that of the key before it]
        #[arg(long, env = table::SIGNING_ALGORITHM.row.variable)]
        #[arg(value_parser = settings::parser(&table::SIGNING_ALGORITHM))]
        algorithm: Option<Algorithm>,
        #[command(flatten)]
        data: DataDirectorySetting,
        #[command(flatten)]
        log: LogSettings,
    },
    /// Replace the secret behind refresh and device tokens
    #[command(after_help = "\
Sessions go on: tokens of the secret before are accepted during the overlap, and each refresh gives a \
token of the new one. No policy lets a token live for more than 400 days. With --overlap 0, for a \
secret that leaked, all sessions end, and no device is known any more.

Examples:
  countersign keys rotate-secret
  countersign keys rotate-secret --overlap 0")]
    RotateSecret {
        /// For how many days tokens of the secret before, and of those before it, are still accepted
        #[arg(long, value_name = "DAYS", default_value_t = 400)]
        #[arg(value_parser = clap::value_parser!(u16).range(..=400))]
        overlap: u16,
        #[command(flatten)]
        data: DataDirectorySetting,
        #[command(flatten)]
        log: LogSettings,
    },
    /// Take a key out of service: its tokens are refused from now on
    #[command(after_help = "\
The key that signs now cannot be retired: rotate first. A key that was rotated out retires by itself.

Examples:
  countersign keys retire 1sTq4mXQ")]
    Retire {
        /// The key's id, as `countersign keys list` prints it
        // One id in 64 begins with a hyphen: it is a thumbprint in base64url (RFC 7638).
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        data: DataDirectorySetting,
        #[command(flatten)]
        log: LogSettings,
    },
}

/// `countersign token`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Print what a token says, without any check
    #[command(after_help = "\
Examples:
  countersign token inspect eyJhbGciOi…
  pbpaste | countersign token inspect - | jq .unverified_claims.roles")]
    Inspect {
        /// The token, or - for standard input
        token: String,
    },
    /// Check a token as a verifier does: signature, times, issuer and audience
    #[command(after_help = "\
Exit status:
  0  the token is valid
  1  the token is refused; the last word on standard error is the reason: malformed, too-large,
     unknown-key, bad-signature, unsupported-critical, wrong-type, wrong-issuer, wrong-audience,
     expired, not-yet-valid
  2  wrong usage, or the keys cannot be read

Examples:
  countersign token verify - --issuer http://127.0.0.1:8080 \\
    --jwks http://127.0.0.1:8080/.well-known/jwks.json < token.txt
  countersign token verify eyJhbGciOi… --jwks jwks.json \\
    --issuer https://auth.example.com --audience shop --leeway 5 --json")]
    Verify(VerifyToken),
}

/// `countersign token verify`
#[derive(Args, Debug)]
pub struct VerifyToken {
    /// The token, or - for standard input
    pub token: String,
    /// The public keys: a JWKS file, or its https URL (http on this machine)
    #[arg(long, value_name = "FILE|URL", value_parser = Location::parse)]
    pub jwks: Location,
    /// What `iss` must be
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// What `aud` must hold
    #[arg(long, value_name = "NAME", default_value = "countersign")]
    pub audience: String,
    /// How far clocks may differ
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=60))]
    pub leeway: u32,
    /// Print the answer as a JSON object
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_and_command_says_what_it_is_for() {
        fn visit(command: &clap::Command) {
            for argument in command
                .get_arguments()
                .filter(|argument| argument.get_id() != "help")
            {
                assert!(
                    argument.get_help().is_some(),
                    "{argument} of {}",
                    command.get_name()
                );
            }
            for command in command.get_subcommands() {
                assert!(command.get_about().is_some(), "{}", command.get_name());
                visit(command);
            }
        }
        visit(&Cli::command());
    }

    #[test]
    fn the_version_names_the_component() {
        assert!(VERSION.ends_with(auth_artifact::SHA256));
    }

    #[test]
    fn a_password_is_never_an_argument() {
        let line = [
            "countersign",
            "users",
            "create",
            "alice@example.com",
            "--password",
            "x",
        ];
        assert!(Cli::try_parse_from(line).is_err());
    }

    #[test]
    fn an_id_of_a_key_may_begin_with_a_hyphen() {
        for id in ["-5tq4mXQ", "-htq4mXQ", "--q4mXQ"] {
            let line = ["countersign", "keys", "retire", id, "--data-dir", "d"];
            let cli = Cli::try_parse_from(line).expect(id);
            let Command::Keys(KeysCommand::Retire { kid, .. }) = cli.command else {
                panic!("{line:?} is another command");
            };
            assert_eq!(kid, id);
        }
    }

    #[test]
    fn a_leeway_over_a_minute_is_refused() {
        let line = |leeway| {
            [
                "countersign",
                "token",
                "verify",
                "-",
                "--jwks",
                "k",
                "--issuer",
                "i",
                "--leeway",
                leeway,
            ]
        };
        assert!(Cli::try_parse_from(line("60")).is_ok());
        assert!(Cli::try_parse_from(line("61")).is_err());
    }
}
