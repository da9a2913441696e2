//! Says what was broken, and writes a case file of it.

use std::io::{self, Write};

use anyhow::Context;
use auth_harness::{Policy, SimulationFailure};

use super::arguments::Simulate;
use crate::failure::Outcome;

/// Says what was broken, and writes the case file.
pub fn report(
    what: &str,
    failure: &SimulationFailure,
    policy: &Policy,
    arguments: &Simulate,
) -> Outcome {
    writeln!(
        io::stderr(),
        "error: {what}\ncomponent sha256:{}\n{}",
        auth_artifact::SHA256,
        failure.reason()
    )?;
    let path = policy.file.path();
    let Some(folder) = &arguments.save else {
        let text = failure.case_file(&path.display().to_string());
        return Ok(io::stdout().write_all(text.as_bytes())?);
    };
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let name = format!("{}.cases.toml", failure.file_name());
    let policy_name = path.file_name().unwrap_or(path.as_os_str());
    let policy_name = policy_name.to_string_lossy();
    write(&name, &failure.case_file(&policy_name))?;
    write(&policy_name, policy.file.text())?;
    writeln!(
        io::stdout(),
        "wrote {}; play it again with `countersign simulate --replay`",
        folder.join(&name).display()
    )?;
    Ok(())
}
