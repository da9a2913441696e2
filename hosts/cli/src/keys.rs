//! `countersign keys`: the signing keys of a data directory, with or without a running server.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use auth_composition::settings::{Host, Variables, table};
use auth_composition::{KeyEvent, note_key};
use auth_crypto::algorithm::{self, Algorithm};
use auth_crypto::{KeyDirectory, KeyDirectoryError, KeyInfo, KeyState, LONGEST_TOKEN, SystemClock};
use serde::Serialize;

use crate::args::KeysCommand;
use crate::data_directory::DataDirectory;
use crate::failure::{Failure, Outcome};
use crate::settings::DataDirectorySetting;
use crate::{columns, timestamp};

const SECONDS_PER_DAY: u64 = 86_400;

/// Runs one `countersign keys` command.
///
/// # Errors
/// When the directory has no keys, or does not allow the change.
pub fn run(command: KeysCommand) -> Outcome {
    let variables = Variables::of_process(Host::Server);
    if variables.optional(&table::JWT_SECRET_KEY)?.is_some() {
        let _ = writeln!(
            io::stderr(),
            "note: a server with this {} does not use the keys in a data directory",
            table::JWT_SECRET_KEY.row.variable,
        );
    }
    match command {
        KeysCommand::List { json, data } => list(&open(&data, None)?, json),
        KeysCommand::Rotate {
            lead,
            algorithm,
            data,
            log,
        } => {
            log.start();
            rotate(&open(&data, algorithm)?, Duration::from_secs(lead))
        }
        KeysCommand::RotateSecret { overlap, data, log } => {
            log.start();
            rotate_secret(&open(&data, None)?, overlap)
        }
        KeysCommand::Retire { kid, data, log } => {
            log.start();
            retire(&open(&data, None)?, &kid)
        }
    }
}

/// Opens the keys that a server made. Without `algorithm`, a new key gets that of the key that
/// signs.
fn open(data: &DataDirectorySetting, algorithm: Option<Algorithm>) -> Result<KeyDirectory> {
    let path = DataDirectory::open(&data.path)?.keys();
    if !path.is_dir() {
        bail!(
            "there are no keys in `{}`: the server makes them at its first start",
            path.display()
        );
    }
    let open = |algorithm| {
        KeyDirectory::open_or_create(
            path.clone(),
            algorithm,
            Arc::new(SystemClock),
            LONGEST_TOKEN,
        )
    };
    let keys = open(algorithm.unwrap_or(Algorithm::Es256))?;
    let active = keys
        .list()?
        .into_iter()
        .find(|key| key.state == KeyState::Active);
    match (algorithm, active) {
        (None, Some(active)) => Ok(open(active.algorithm)?),
        _ => Ok(keys),
    }
}

fn rotate(keys: &KeyDirectory, lead: Duration) -> Outcome {
    let key = keys.rotate(lead).map_err(refusal)?;
    note_key(KeyEvent::Published, Some(&key.id));
    let (name, time) = (algorithm::name(key.algorithm), key.life.activates_at);
    let time = timestamp::format_millis(time);
    writeln!(
        io::stdout(),
        "made {name} key {}, which signs from {time}",
        key.id
    )?;
    Ok(())
}

fn rotate_secret(keys: &KeyDirectory, days: u16) -> Outcome {
    let overlap = Duration::from_secs(u64::from(days) * SECONDS_PER_DAY);
    keys.rotate_secret(overlap).map_err(refusal)?;
    note_key(KeyEvent::SecretReplaced, None);
    let sentence = match days {
        0 => "made a new secret; tokens of the one before are refused from now on".to_owned(),
        days => format!("made a new secret; tokens of the one before are accepted for {days} days"),
    };
    writeln!(io::stdout(), "{sentence}")?;
    Ok(())
}

fn retire(keys: &KeyDirectory, kid: &str) -> Outcome {
    keys.retire(kid).map_err(refusal)?;
    note_key(KeyEvent::Retired, Some(kid));
    writeln!(
        io::stdout(),
        "key {kid} neither signs nor verifies any more"
    )?;
    Ok(())
}

fn refusal(error: KeyDirectoryError) -> Failure {
    use KeyDirectoryError::{Active, LeadTooLong, TooManySecrets, Unknown};
    match error {
        Active(_) | LeadTooLong | TooManySecrets(_) | Unknown(_) => {
            Failure::Refused(error.to_string())
        }
        error => Failure::Error(error.into()),
    }
}

/// A key and the times at which its state changes, as JSON; `None` for a time that is not known
/// yet.
#[derive(Serialize)]
struct ListedKey {
    kid: String,
    alg: &'static str,
    state: &'static str,
    published_at: String,
    active_at: String,
    retired_at: Option<String>,
    removed_at: Option<String>,
}

impl From<KeyInfo> for ListedKey {
    fn from(key: KeyInfo) -> Self {
        Self {
            kid: key.id,
            alg: algorithm::name(key.algorithm),
            state: state_name(key.state),
            published_at: timestamp::format_millis(key.life.published_at),
            active_at: timestamp::format_millis(key.life.activates_at),
            retired_at: key.life.retires_at.map(timestamp::format_millis),
            removed_at: key.life.removed_at.map(timestamp::format_millis),
        }
    }
}

fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Active => "active",
        KeyState::Published => "published",
        KeyState::Removed => "removed",
        KeyState::Retired => "retired",
    }
}

fn list(keys: &KeyDirectory, json: bool) -> Outcome {
    let keys: Vec<_> = keys.list()?.into_iter().map(ListedKey::from).collect();
    let mut output = io::stdout();
    if json {
        writeln!(output, "{}", serde_json::to_string_pretty(&keys)?)?;
        return Ok(());
    }
    let header = [
        "KID",
        "ALG",
        "STATE",
        "PUBLISHED",
        "ACTIVE",
        "RETIRED",
        "REMOVED",
    ];
    let rows = keys.into_iter().map(|key| {
        let later = |time: Option<String>| time.unwrap_or_else(|| "-".to_owned());
        let (alg, state) = (key.alg.to_owned(), key.state.to_owned());
        let (retired, removed) = (later(key.retired_at), later(key.removed_at));
        [
            key.kid,
            alg,
            state,
            key.published_at,
            key.active_at,
            retired,
            removed,
        ]
    });
    let rows: Vec<_> = std::iter::once(header.map(str::to_owned))
        .chain(rows)
        .collect();
    Ok(columns::write(output, &rows)?)
}
