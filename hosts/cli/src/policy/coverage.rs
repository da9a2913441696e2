//! The coverage of `countersign policy test`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use auth_harness::coverage::{self, Coverage};
use auth_harness::{Report, Suite, boundaries};
use auth_runtime::Engine;
use clap::{Args, ValueEnum};

use crate::failure::{Failure, Outcome, unanswered};

/// What is said of coverage, and where
#[derive(Args, Debug)]
pub struct CoverageArguments {
    /// Say which roles, rules and inheritance no case met
    #[arg(long, value_name = "FORMAT")]
    pub coverage: Option<Format>,
    /// Write the coverage to this file in place of standard output
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub coverage_file: Option<PathBuf>,
    /// End with status 3 if less than this share of a policy is covered; it is never rounded up
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u16).range(0..=100))]
    pub threshold: Option<u16>,
    /// Print cases that would cover what no case met
    #[arg(long)]
    pub suggest: bool,
}

/// The format of the coverage.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// A page with the marked policy
    Html,
    /// One JSON object
    Json,
    /// A tracefile, as editors and services read it
    Lcov,
}

/// Prints what the arguments ask for.
///
/// # Errors
/// With status 3 when a policy is covered less than the threshold.
pub fn report(
    arguments: &CoverageArguments,
    engine: &Engine,
    (suite, root): (&Suite, &Path),
    report: &Report,
    stop: &AtomicBool,
) -> Outcome {
    let mut coverage = coverage::of(suite, report);
    if arguments.coverage.is_some() {
        for (policy, coverage) in suite.policies().into_iter().zip(&mut coverage) {
            let found = boundaries(suite, report, root, policy, stop)?;
            coverage::add_settings(coverage, found);
        }
    }
    if let Some(format) = arguments.coverage {
        let text = match format {
            Format::Text => coverage::text(&coverage),
            Format::Html => coverage::html(&coverage),
            Format::Json => coverage::json(&coverage),
            Format::Lcov => coverage::lcov(&coverage),
        };
        match &arguments.coverage_file {
            Some(file) => fs::write(file, text)
                .with_context(|| format!("cannot write `{}`", file.display()))?,
            None => io::stdout().write_all(text.as_bytes())?,
        }
    }
    if arguments.suggest {
        for (policy, coverage) in suite.policies().into_iter().zip(&coverage) {
            let suggested = coverage::suggest(engine, policy, coverage).map_err(unanswered)?;
            io::stdout().write_all(suggested.as_bytes())?;
        }
    }
    threshold(arguments, &coverage)
}

fn threshold(arguments: &CoverageArguments, coverage: &[Coverage]) -> Outcome {
    let Some(threshold) = arguments.threshold else {
        return Ok(());
    };
    let mut is_reached = true;
    for policy in coverage {
        let (covered, all) = policy.counts();
        if policy.per_mille() < usize::from(threshold) * 10 {
            is_reached = false;
            let path = policy.file.path().display();
            writeln!(
                io::stderr(),
                "error: {covered} of {all} parts of `{path}` are covered, less than {threshold} %"
            )?;
        }
    }
    if is_reached {
        Ok(())
    } else {
        Err(Failure::Status(3))
    }
}
