//! The binary under test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Names a binary to test in place of the one that is built, such as a released one.
const VARIABLE: &str = "COUNTERSIGN_TEST_BINARY";

static BINARY: LazyLock<PathBuf> =
    LazyLock::new(|| env::var_os(VARIABLE).map_or_else(|| built("countersign"), PathBuf::from));

/// A command line of `countersign`, with nothing of the environment that the tests run in.
pub fn countersign() -> Command {
    let mut command = Command::new(&*BINARY);
    command.env_clear();
    command
}

/// A binary of this workspace, in the directory of the caller's own profile and up to date.
///
/// Cargo hands a test the binaries of its own package alone, so it is asked for others. It chooses
/// features by all that it is asked for: as `cargo test --workspace` asks, so that nothing which that
/// has built is built again.
///
/// # Panics
/// When it does not build.
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
        // A test among the targets has the features of tests chosen.
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
