//! Case files, run on the component of this build.

mod acceptance;
mod coverage;
mod lints;
mod malformed;
mod mismatches;
mod mutation;
mod places;
mod rust;
mod scenarios;
mod schema;
mod shop;
#[path = "../../../../examples/shop/policy.rs"]
mod shop_in_rust;
mod simulation;
mod stories;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use auth_harness::{Options, Report, Suite, Verdict};
use auth_runtime::{Allocation, Engine};
use tempfile::TempDir;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::load(Allocation::Pooling(64)).expect("the component of this build loads")
});

/// The policy of most tests.
const POLICY: &str = "
[roles.user]
allow_own = [\"orders:read\"]

[roles.clerk]
inherits = [\"user\"]
allow = [\"orders:*\"]
deny = [\"orders:refund\"]

[roles.admin]
allow = [\"*:*\"]
";

/// The head of most case files.
const HEAD: &str = "policy = \"policy.toml\"\n[subjects]\nann = { roles = [\"user\"] }\nbo = { roles = [\"clerk\"] }\nada = { roles = [\"admin\"] }\n";

/// A folder with files in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// Runs the case files below a folder.
fn run(folder: &Path) -> Report {
    run_with(&[folder.to_owned()], folder, &Options::default())
}

fn run_with(paths: &[PathBuf], root: &Path, options: &Options) -> Report {
    let suite = Suite::load(&ENGINE, paths, root, None).expect("a suite");
    suite
        .run(options, &AtomicBool::new(false), &AtomicUsize::new(0))
        .expect("a run")
}

/// Runs one case file whose head is [`HEAD`].
fn run_cases(cases: &str) -> Report {
    let text = format!("{HEAD}{cases}");
    run(folder(&[("policy.toml", POLICY), ("a.cases.toml", &text)]).path())
}

/// What went wrong, a line each: `line:column name: what`.
fn complaints(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for outcome in &report.outcomes {
        let line = |span: &auth_harness::Span, what: &str| {
            let start = span.start();
            format!("{}:{} {}: {what}", start.line, start.column, outcome.name)
        };
        match &outcome.verdict {
            Verdict::Passed | Verdict::NotRun => {}
            Verdict::Failed(failure) => {
                let mut what = format!("expected {}, actual {}", failure.expected, failure.actual);
                for note in &failure.notes {
                    what.push_str("; ");
                    what.push_str(note);
                }
                lines.push(line(&failure.span, &what));
            }
            Verdict::Malformed(findings) => {
                lines.extend(findings.iter().map(|it| line(&it.span, &it.reason)));
            }
        }
    }
    lines
}
