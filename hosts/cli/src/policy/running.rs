//! What the commands that run cases have in common: root, interruption, progress.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use auth_composition::termination;
use auth_harness::Policy;
use auth_runtime::Engine;

use crate::failure::{Failure, Outcome, unanswered};

/// The current folder, if it holds all paths; otherwise the folder of the first.
pub fn default_root(paths: &[PathBuf]) -> Outcome<PathBuf> {
    let current = std::env::current_dir()?.canonicalize()?;
    let canonical = |path: &PathBuf| {
        path.canonicalize()
            .with_context(|| format!("cannot read `{}`", path.display()))
    };
    let paths = paths.iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
    if paths.iter().all(|path| path.starts_with(&current)) {
        return Ok(current);
    }
    let first = paths.into_iter().next().unwrap_or(current);
    let folder = if first.is_dir() {
        Some(first.as_path())
    } else {
        first.parent()
    };
    Ok(folder.unwrap_or(&first).to_owned())
}

/// Becomes true when the process is asked to stop.
pub fn interruption() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let signal = {
        let _entered = runtime.enter();
        termination()?
    };
    thread::spawn(move || {
        runtime.block_on(signal);
        flag.store(true, Ordering::Relaxed);
    });
    Ok(stop)
}

/// Runs `work`, and shows on a terminal how far it is once it takes longer than a second, as
/// `describe` says it of the number of things done.
pub fn with_progress<T: Send>(
    describe: impl Fn(usize) -> String + Sync,
    work: impl FnOnce(&AtomicUsize) -> T + Send,
) -> T {
    let (done, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut errors = io::stderr();
    if !errors.is_terminal() {
        return work(&done);
    }
    thread::scope(|scope| {
        let shown = scope.spawn(|| {
            let began = Instant::now();
            while !is_over.load(Ordering::Relaxed) {
                thread::park_timeout(Duration::from_millis(200));
                if began.elapsed() > Duration::from_secs(1) {
                    // When standard error is closed, the progress has no reader.
                    let _ = write!(errors, "\r\x1b[K{}", describe(done.load(Ordering::Relaxed)));
                }
            }
            let _ = write!(errors, "\r\x1b[K");
        });
        let result = work(&done);
        is_over.store(true, Ordering::Relaxed);
        shown.thread().unpark();
        result
    })
}

/// Reads and compiles a policy.
pub fn read_policy(engine: &Engine, path: &Path) -> Outcome<Policy> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the policy `{}`", path.display()))?;
    let compiled = Policy::compile(engine, path, text).map_err(unanswered)?;
    compiled.map_err(|diagnostics| {
        let lines = diagnostics.iter().map(|it| {
            format!(
                "\n{}:{}:{}: {}",
                path.display(),
                it.start.line,
                it.start.column,
                it.reason
            )
        });
        Failure::Error(anyhow::anyhow!(
            "the policy is refused{}",
            lines.collect::<String>()
        ))
    })
}
