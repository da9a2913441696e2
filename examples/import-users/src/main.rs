//! Imports accounts with their password hashes into the store of a data directory, or into the database
//! that `MONGODB_URI` names.
//!
//! Reads one JSON object per line from standard input. A line that cannot be imported is reported
//! with its number and reason, and the others are imported. So a second run with the corrected file
//! imports the corrected lines and leaves existing accounts unchanged.
#![forbid(unsafe_code)]

mod arguments;
mod import;
mod record;
mod target;

use std::env;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use auth_crypto::{SystemClock, SystemEntropy};
use serde_json::json;

use arguments::Arguments;
use import::{Ids, ImportError, Imported, Importer};
use target::Target;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse(env::args_os().skip(1))?;
    let mut table = arguments.ids.as_deref().map(create).transpose()?;
    let target = Target::open(arguments.directory.as_deref()).await?;
    let importer = Importer::new(target.accounts(), &SystemClock, &SystemEntropy);
    let imported = import_lines(&importer, io::stdin().lock(), &mut table).await;
    target.close().await;
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

fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write `{}`", path.display()))
}

#[derive(Default)]
struct Counts {
    imported: usize,
    existing: usize,
    refused: usize,
}

/// Imports each line, reports on standard error the lines that cannot be imported, and writes the ids
/// of accounts to the table.
async fn import_lines(
    importer: &Importer<'_>,
    lines: impl BufRead,
    table: &mut Option<File>,
) -> Result<Counts> {
    let mut counts = Counts::default();
    for (index, line) in lines.split(b'\n').enumerate() {
        let line = line.context("the input cannot be read")?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let report = |reason: &str| writeln!(io::stderr(), "line {}: {reason}", index + 1);
        let ids = match importer.import(&line).await {
            Ok(Imported::Made(ids)) => {
                counts.imported += 1;
                Some(ids)
            }
            Ok(Imported::Exists(ids)) => {
                counts.existing += 1;
                report("an account with this address exists already and stays unchanged")?;
                ids
            }
            Err(ImportError::Store(error)) => return Err(error.into()),
            Err(error) => {
                counts.refused += 1;
                report(&error.to_string())?;
                None
            }
        };
        if let (Some(table), Some(Ids { previous, current })) = (&mut *table, ids) {
            writeln!(
                table,
                "{}",
                json!({ "previous_id": previous, "id": current })
            )?;
        }
    }
    Ok(counts)
}
