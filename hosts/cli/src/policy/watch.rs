//! `countersign policy test --watch`: runs the cases again whenever a file changes.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use auth_harness::Files;

use crate::failure::{Failure, Outcome};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_millis(150);

/// How often files are read anew that change while they are read. A file that never comes to rest, such
/// as a log, must not keep the cases from running.
const MOST_READS: usize = 20;

/// Reads files with `read` until none of them has changed meanwhile.
pub fn whole<T>(files: &mut Files, mut read: impl FnMut(&mut Files) -> T) -> T {
    for _ in 1..MOST_READS {
        let value = read(files);
        if !files.have_changed() {
            return value;
        }
    }
    read(files)
}

/// Does `work`, and does it again when one of the files has changed that it read.
///
/// # Errors
/// With status 130 when `stop` becomes true. What keeps one run from its end is only printed.
pub fn run(stop: &AtomicBool, mut work: impl FnMut(&mut Files) -> Outcome) -> Outcome {
    let mut output = io::stdout();
    let mut files = Files::default();
    loop {
        if output.is_terminal() {
            write!(output, "\x1b[2J\x1b[H")?;
        }
        match work(&mut files) {
            Err(Failure::Error(error)) => writeln!(io::stderr(), "error: {error:#}")?,
            // What failed, the report has said.
            Ok(()) | Err(Failure::Refused(_) | Failure::Status(_)) => {}
        }
        if !stop.load(Ordering::Relaxed) {
            writeln!(io::stderr(), "waiting for a change; Ctrl-C ends")?;
        }
        while !files.have_changed() && !stop.load(Ordering::Relaxed) {
            thread::sleep(INTERVAL);
        }
        settle(stop, &mut files);
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::Status(130));
        }
    }
}

/// Waits until no file changes any more: whoever writes one may not be at its end.
fn settle(stop: &AtomicBool, files: &mut Files) {
    while files.have_changed() && !stop.load(Ordering::Relaxed) {
        files.renew();
        thread::sleep(INTERVAL);
    }
}
