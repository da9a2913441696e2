//! Finds or builds the binary under test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The environment variable that names another binary to test, for example a released one.
const VARIABLE: &str = "COUNTERSIGN_TEST_BINARY";

static BINARY: LazyLock<PathBuf> =
    LazyLock::new(|| env::var_os(VARIABLE).map_or_else(|| built("countersign"), PathBuf::from));

/// A command that runs `countersign` with an empty environment.
pub fn countersign() -> Command {
    command_of(&BINARY)
}

pub(crate) fn command_of(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    command
}

/// Builds a binary of this workspace in the caller's own profile, and returns its path.
///
/// Cargo builds only the binaries of a test's own package for it, so this asks for the others. The
/// arguments lead to the same features as `cargo test --workspace`, so that no crate is built twice.
///
/// # Panics
/// When the build fails.
pub fn built(binary: &str) -> PathBuf {
    // target/<profile>/deps/<test>, or target/<profile>/<benchmark>
    let own = env::current_exe().expect("this program has a path");
    let mut directories = own
        .ancestors()
        .skip(1)
        .filter(|path| !path.ends_with("deps"));
    let directory = directories.next().expect("it lies in a directory");
    let target = directory.parent().expect("a profile lies in `target`");
    let name = directory.file_name().and_then(|name| name.to_str());
    let profile = match name.expect("profiles have plain names") {
        "debug" => "dev",
        name => name,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", binary])
        // With a test among its targets, cargo unifies the features of dev-dependencies too.
        .args(["--test", "sources"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status();
    assert!(
        status.expect("cargo runs").success(),
        "{binary} does not build"
    );
    directory.join(binary)
}
