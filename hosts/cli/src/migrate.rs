//! `countersign migrate`: makes the collections and indexes that the database lacks.

use std::io::{self, Write};

use anyhow::anyhow;

use crate::args::Migrate;
use crate::database::{URI_VARIABLE, unanswered};
use crate::failure::Outcome;

/// Prints what is missing, and then makes it.
///
/// # Errors
/// When no database is named, or it does not do as it is asked.
pub fn run(arguments: &Migrate) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(migrate(arguments))
}

async fn migrate(arguments: &Migrate) -> Outcome {
    let Some(store) = arguments.database.open().await? else {
        return Err(anyhow!(
            "{URI_VARIABLE} is not set: the store in a data directory needs no migration"
        )
        .into());
    };
    let plan = store.plan().await.map_err(unanswered)?;
    let mut output = io::stdout();
    for step in plan.steps() {
        writeln!(output, "{step}")?;
    }
    if plan.is_empty() {
        writeln!(output, "nothing is missing")?;
    } else if !arguments.dry_run {
        store.migrate(&plan).await.map_err(unanswered)?;
        writeln!(output, "done")?;
    }
    store.close().await;
    Ok(())
}
