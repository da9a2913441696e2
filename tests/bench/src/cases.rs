//! Case files: what reading and running a case takes, on one core.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use auth_harness::{Options, Suite};
use auth_runtime::{Allocation, Engine};

use crate::report::report;

/// How often each is measured; the quickest counts.
const RUNS: usize = 5;

const DECISIONS: usize = 100_000;
const TOKENS: usize = 20_000;
const STEPS: usize = 1_000;

/// A kind of case: what is measured, its file, how many cases or steps it has, and what to reach.
struct Kind {
    name: &'static str,
    file: String,
    count: usize,
    target: &'static str,
}

pub fn run() -> Result<()> {
    let engine = Engine::load(Allocation::Pooling(64)).map_err(|error| error.cause)?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("policy.toml"), policy())?;
    fs::write(folder.path().join("decisions.csv"), decisions())?;
    fs::write(folder.path().join("tokens.csv"), tokens())?;
    for kind in kinds() {
        let path = folder.path().join("bench.cases.toml");
        fs::write(&path, &kind.file)?;
        measure(&engine, folder.path(), &path, &kind)?;
    }
    start_up(folder.path())
}

fn kinds() -> [Kind; 4] {
    let head = "policy = 'policy.toml'\n[subjects]\nann = { roles = ['team-1'] }\n";
    let token = |more: &str| {
        format!(
            "{head}[[token]]\nrows = 'tokens.csv'\nclaims = {{ jti = '{{id}}' }}\n{more}expect = 'ok'\n"
        )
    };
    [
        Kind {
            name: "a decision",
            file: format!(
                "{head}[[decision]]\nrows = 'decisions.csv'\nroles = '{{role}}'\nask = '{{ask}}'\nexpect = '{{expect}}'\n"
            ),
            count: DECISIONS,
            target: "at most 4 µs, 250,000 a second",
        },
        Kind {
            name: "a token, quick key",
            file: token(""),
            count: TOKENS,
            target: "100,000 a second",
        },
        Kind {
            name: "a token, EdDSA",
            file: token("algorithm = 'EdDSA'\n"),
            count: TOKENS,
            target: "20,000 a second",
        },
        Kind {
            name: "a step of a story",
            file: format!(
                "{head}[[story]]\nname = 's'\nsteps = [{{ do = 'login', as = 'ann' }}, {{ do = 'refresh', as = 'ann', times = {STEPS} }}]\n"
            ),
            count: STEPS,
            target: "at most 60 µs",
        },
    ]
}

fn measure(engine: &Engine, root: &Path, path: &Path, kind: &Kind) -> Result<()> {
    let options = Options {
        jobs: NonZeroUsize::new(1),
        ..Options::default()
    };
    let (mut read, mut run) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let start = Instant::now();
        let suite = Suite::load(engine, &[path.to_owned()], root, None)?;
        read = read.min(start.elapsed());
        let start = Instant::now();
        let done = suite.run(&options, &AtomicBool::new(false), &AtomicUsize::new(0))?;
        run = run.min(start.elapsed());
        ensure!(done.failed() == 0, "{} cases failed", done.failed());
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / kind.count as f64;
    let value = format!(
        "{:.1} µs = {:.0} a second, read in {:.1} µs",
        each(run),
        1e6 / each(run),
        each(read)
    );
    report(kind.name, &value, kind.target);
    Ok(())
}

/// The time of the command from its start to its end, on a policy without roles of its own.
fn start_up(folder: &Path) -> Result<()> {
    let Ok(binary) = std::env::var("COUNTERSIGN_TEST_BINARY") else {
        return Ok(());
    };
    let mut quickest = Duration::MAX;
    for _ in 0..20 {
        let mut command = Command::new(&binary);
        command
            .args(["policy", "who-can", "users:list"])
            .current_dir(folder);
        let start = Instant::now();
        let output = command.output().context("the binary runs")?;
        quickest = quickest.min(start.elapsed());
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let value = format!("{:.1} ms", quickest.as_secs_f64() * 1e3);
    report("start-up, one question, end", &value, "at most 30 ms");
    Ok(())
}

const ROLES: usize = 1_000;

fn policy() -> String {
    let mut text = String::from("[roles.admin]\nallow = [\"*:*\"]\n[roles.user]\n");
    for role in 0..ROLES {
        let _ = write!(
            text,
            "[roles.team-{role}]\nallow = [\"area-{role}:*\"]\ndeny = [\"area-{role}:act-0\"]\n"
        );
    }
    text
}

fn decisions() -> String {
    let mut text = String::from("role,ask,expect\n");
    for number in 0..DECISIONS {
        let (role, action) = (number % ROLES, number / ROLES);
        let expect = if action == 0 { "no" } else { "yes" };
        let _ = writeln!(text, "team-{role},area-{role}:act-{action},{expect}");
    }
    text
}

fn tokens() -> String {
    let ids = (0..TOKENS).map(|id| format!("token-{id}\n"));
    ["id\n".to_owned()].into_iter().chain(ids).collect()
}
