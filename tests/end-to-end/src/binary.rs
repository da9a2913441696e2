//! The binary under test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Names a binary to test in place of the one that is built, such as a released one.
const VARIABLE: &str = "COUNTERSIGN_TEST_BINARY";

/// Cargo hands a test the binaries of its own package alone. What it would build for this one is in
/// the directory of the test's own profile, and up to date once cargo has been asked.
static BINARY: LazyLock<PathBuf> =
    LazyLock::new(|| env::var_os(VARIABLE).map_or_else(build, PathBuf::from));

/// A command line of `countersign`, with nothing of the environment that the tests run in.
pub fn countersign() -> Command {
    let mut command = Command::new(&*BINARY);
    command.env_clear();
    command
}

fn build() -> PathBuf {
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
        .args([
            "build",
            "--quiet",
            "--package",
            "auth-cli",
            "--bin",
            "countersign",
        ])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status();
    assert!(
        status.expect("cargo runs").success(),
        "the binary does not build"
    );
    directory.join("countersign")
}
