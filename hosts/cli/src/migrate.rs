//! `countersign migrate`: makes the collections and indexes that the database lacks.

use std::io::{self, Write};

use anyhow::anyhow;
use auth_composition::settings::table;

use crate::args::Migrate;
use crate::database::{self, cause};
use crate::failure::Outcome;

/// Prints what is missing, and creates it unless the command is a dry run.
///
/// # Errors
/// When `MONGODB_URI` is not set, or a call to the database fails.
pub fn run(arguments: &Migrate) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(migrate(arguments))
}

async fn migrate(arguments: &Migrate) -> Outcome {
    let Some(store) = database::open(&arguments.database).await? else {
        let name = table::MONGODB_URI.row.variable;
        return Err(
            anyhow!("{name} is not set: the store in a data directory needs no migration").into(),
        );
    };
    let plan = store.plan().await.map_err(cause)?;
    let mut output = io::stdout();
    for step in plan.steps() {
        writeln!(output, "{step}")?;
    }
    if plan.is_empty() {
        writeln!(output, "nothing is missing")?;
    } else if !arguments.dry_run {
        store.migrate(&plan).await.map_err(cause)?;
        writeln!(output, "done")?;
    }
    store.close().await;
    Ok(())
}
