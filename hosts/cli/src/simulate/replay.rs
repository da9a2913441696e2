//! Plays the case file of a failure again.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{Options, Suite, text};
use auth_runtime::Engine;

use super::arguments::Simulate;
use crate::failure::{Failure, Outcome};
use crate::policy::read_policy;

pub fn run(engine: &Engine, file: &Path, arguments: &Simulate) -> Outcome {
    let policy = match &arguments.policy {
        Some(path) => Some(read_policy(engine, path)?),
        None => None,
    };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let suite = Suite::load(engine, &[file.to_owned()], folder, policy.as_ref())?;
    let present = auth_artifact::SHA256;
    if let Some(other) = suite.components().find(|it| *it != present) {
        writeln!(
            io::stderr(),
            "note: the file was written for the component sha256:{other}, and this is sha256:{present}"
        )?;
    }
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let report = suite.run(&Options::default(), &stop, &done)?;
    let mut output = io::stdout();
    let has_colours =
        output.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    output.write_all(text(&report, has_colours).as_bytes())?;
    output.flush()?;
    match report.failed() {
        0 => Ok(()),
        _ => Err(Failure::Status(1)),
    }
}
