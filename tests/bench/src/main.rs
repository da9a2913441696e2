//! Benchmarks of Countersign, each beside the bare native operation measured in the same run.
//!
//! Without an argument all of them run; arguments name those to run.
// The tables go to standard output.
#![allow(clippy::print_stdout)]

mod artifact;
mod authorize;
mod authorizer;
mod cases;
mod enumeration;
mod function;
mod gateway;
mod http2;
mod load;
mod login;
mod measure;
mod peers;
mod policy;
mod process;
mod profiles;
mod refresh;
mod report;
mod server;
mod siege;
mod simulation;
mod verification;
mod verifier;

use std::{env, thread};

use anyhow::{Result, bail};

type Benchmark = fn() -> Result<()>;

const BENCHMARKS: [(&str, Benchmark); 14] = [
    ("component", artifact::run),
    ("verification", verification::run),
    ("authorize", authorize::run),
    ("policy", policies),
    ("simulation", simulation::run),
    ("login", login::run),
    ("siege", siege::run),
    ("server", server::run),
    ("profiles", profiles::run),
    ("refresh", refresh::run),
    ("enumeration", enumeration::run),
    ("gateway", gateway::run),
    ("authorizer", authorizer::run),
    ("function", function::run),
];

fn main() -> Result<()> {
    let chosen: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = chosen.iter().find(|name| !is_known(name)) {
        let names = BENCHMARKS.map(|(name, _)| name).join(", ");
        bail!("no benchmark `{unknown}`: there are {names}");
    }
    let cores = thread::available_parallelism()?;
    let (arch, system) = (env::consts::ARCH, env::consts::OS);
    println!("{cores} cores of {}, {arch} {system}", process::processor());
    for (name, run) in BENCHMARKS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            println!("\n{name}");
            run()?;
        }
    }
    Ok(())
}

fn policies() -> Result<()> {
    policy::run()?;
    cases::run()?;
    peers::run()
}

fn is_known(name: &str) -> bool {
    BENCHMARKS.iter().any(|(known, _)| *known == name)
}
