//! `countersign policy test`: runs case files.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use auth_harness::{Files, Kind, Options, Report, Suite, json, junit, text};
use auth_runtime::{Allocation, Engine};
use clap::{Args, ValueEnum};

use super::coverage::{self, CoverageArguments};
use super::running::{default_root, interruption, read_policy, with_progress};
use super::watch::{self, whole};
use crate::failure::{Failure, Outcome, unanswered};

pub const EXAMPLES: &str = "\
Exit status:
  0    every case passed
  1    a case failed or cannot be read
  2    wrong usage, a file that cannot be read, or no case was selected
  3    less of a policy is covered than --threshold asks for
  130  interrupted; the report has what ran

Examples:
  countersign policy test
  countersign policy test tests/ --filter 'orders:refund' --kind grid
  countersign policy test --format junit > report.xml
  countersign policy test --watch
  countersign policy test --accept && git diff
  countersign policy test --coverage html --coverage-file coverage.html --threshold 90
  countersign policy test --policy next.toml tests/";

/// The arguments of `countersign policy test`
#[derive(Args, Debug)]
pub struct Test {
    /// Case files, and folders of them
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Run the cases on this policy in place of the one that each file names
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Run only cases whose `file: kind: name` contains this text; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Run only cases of this kind; may be repeated
    #[arg(long)]
    pub kind: Vec<KindArgument>,
    /// How the report is written to standard output
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// The folder that the files named by case files must be in [default: the current one, if it
    /// holds the paths]
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// How many threads run cases [default: the cores of the machine]
    #[arg(long, value_name = "NUMBER")]
    pub jobs: Option<NonZeroUsize>,
    /// Run the cases again whenever a file changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Write the answers that came into grids and decisions, in place of those that were expected
    #[arg(long, conflicts_with = "watch")]
    pub accept: bool,
    #[command(flatten)]
    pub coverage: CoverageArguments,
}

/// A section of case files.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindArgument {
    /// Cells of grids
    Grid,
    /// Questions about permissions
    Decision,
    /// What no role may do
    Never,
    /// Passwords and addresses
    Value,
    /// Access tokens
    Token,
    /// Sequences of steps
    Story,
}

/// The format of the report.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// JUnit's XML, one test case a case
    Junit,
    /// One JSON object
    Json,
}

/// Runs the cases, and prints the report.
pub fn run(arguments: &Test) -> Outcome {
    let engine = Engine::load(Allocation::Pooling(256)).map_err(unanswered)?;
    let root = arguments
        .root
        .clone()
        .map_or_else(|| default_root(&arguments.paths), Ok)?;
    let stop = interruption()?;
    let once = |files: &mut Files| once(&engine, arguments, &root, &stop, files);
    if arguments.watch {
        watch::run(&stop, once)
    } else {
        once(&mut Files::default())
    }
}

/// Runs the cases once. Afterwards `files` has what was read.
fn once(
    engine: &Engine,
    arguments: &Test,
    root: &Path,
    stop: &AtomicBool,
    files: &mut Files,
) -> Outcome {
    let suite = whole(files, |files| read(engine, arguments, root, files))?;
    let options = Options {
        filters: arguments.filter.clone(),
        kinds: arguments.kind.iter().map(|kind| kind.kind()).collect(),
        jobs: arguments.jobs,
        mutant: None,
    };
    let total = suite.count(&options);
    if total == 0 {
        return Err(Failure::Error(anyhow::anyhow!("no case was selected")));
    }
    let report = with_progress(
        |done| format!("{done} of {total} cases"),
        |done| suite.run(&options, stop, done),
    )?;
    print(&report, arguments.format)?;
    let accepted = if arguments.accept {
        accept(&report)?
    } else {
        0
    };
    let covered = coverage::report(&arguments.coverage, engine, (&suite, root), &report, stop);
    match () {
        () if stop.load(Ordering::Relaxed) => Err(Failure::Status(130)),
        () if report.failed() > accepted => Err(Failure::Status(1)),
        () => covered,
    }
}

/// Reads the suite, with the policy that takes the place of all others.
fn read(engine: &Engine, arguments: &Test, root: &Path, files: &mut Files) -> Outcome<Suite> {
    let mut before = Files::default();
    let policy = match &arguments.policy {
        Some(path) => {
            before.note(path);
            Some(read_policy(engine, path))
        }
        None => None,
    };
    let paths = &arguments.paths;
    let suite = match policy.transpose() {
        Ok(policy) => Suite::load_noting(engine, paths, root, policy.as_ref(), files),
        Err(failure) => {
            *files = before;
            return Err(failure);
        }
    };
    files.include(before);
    Ok(suite?)
}

/// Writes the answers that came into the files, and returns how many there were.
fn accept(report: &Report) -> Outcome<usize> {
    let mut accepted = 0;
    for (path, count) in auth_harness::accept(report)? {
        writeln!(io::stderr(), "{}: {count} accepted", path.display())?;
        accepted += count;
    }
    Ok(accepted)
}

fn print(report: &Report, format: Format) -> io::Result<()> {
    let mut output = io::stdout();
    let has_colours =
        output.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let rendered = match format {
        Format::Text => text(report, has_colours),
        Format::Junit => junit(report),
        Format::Json => json(report),
    };
    output.write_all(rendered.as_bytes())?;
    output.flush()
}

impl KindArgument {
    fn kind(self) -> Kind {
        match self {
            Self::Grid => Kind::Grid,
            Self::Decision => Kind::Decision,
            Self::Never => Kind::Never,
            Self::Value => Kind::Value,
            Self::Token => Kind::Token,
            Self::Story => Kind::Story,
        }
    }
}
