//! Imports accounts with their password hashes into the embedded store of `countersign serve`.
//!
//! Reads one JSON object per line from standard input. A line that cannot be imported is reported
//! with its number and reason, and the others are imported. So a second run with the corrected file
//! imports the corrected lines and leaves existing accounts unchanged.
#![forbid(unsafe_code)]

mod import;
mod record;

use std::env;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use auth_crypto::{SystemClock, SystemEntropy};
use auth_embedded::EmbeddedStore;

use import::{ImportError, Importer};

const USAGE: &str = "usage: import-users DATA_DIRECTORY < users.jsonl";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let directory = PathBuf::from(env::args_os().nth(1).context(USAGE)?);
    let store = EmbeddedStore::open(&directory.join("store.redb"), Arc::new(SystemClock))?;
    let importer = Importer::new(&store, &SystemClock, &SystemEntropy);
    let imported = import_lines(&importer, io::stdin().lock()).await;
    store.close();
    let counts = imported?;
    writeln!(
        io::stdout(),
        "{} imported, {} exist already, {} refused",
        counts.imported,
        counts.existing,
        counts.refused
    )?;
    Ok(ExitCode::from(u8::from(counts.refused > 0)))
}

#[derive(Default)]
struct Counts {
    imported: usize,
    existing: usize,
    refused: usize,
}

/// Imports each line, and reports on standard error the lines that cannot be imported.
async fn import_lines(importer: &Importer<'_>, lines: impl BufRead) -> Result<Counts> {
    let mut counts = Counts::default();
    for (index, line) in lines.split(b'\n').enumerate() {
        let line = line.context("the input cannot be read")?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match importer.import(&line).await {
            Ok(()) => counts.imported += 1,
            Err(ImportError::Store(error)) => return Err(error.into()),
            Err(error) => {
                match error {
                    ImportError::EmailTaken => counts.existing += 1,
                    _ => counts.refused += 1,
                }
                writeln!(io::stderr(), "line {}: {error}", index + 1)?;
            }
        }
    }
    Ok(counts)
}
