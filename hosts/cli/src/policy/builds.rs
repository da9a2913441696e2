//! Another build of the component, to compare it with that of this binary.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use auth_lints::{Build, CheckError, Comparison, compare_builds};
use auth_runtime::{CompiledPolicy, Engine, PolicyDiagnostic};

use super::file::PolicyFile;
use crate::failure::{Failure, Outcome};

/// More than any component has, so that a larger file is refused and not read to its end.
const MAX_BYTES: u64 = 64 << 20;

/// Compares the build in the file `component` with `engine` on a policy that `engine` takes.
///
/// # Errors
/// When the other build refuses the policy, or is no component that can be asked.
pub fn compare(engine: &Engine, component: &Path, file: &PolicyFile) -> Outcome<Comparison> {
    let other = compiled(component)?;
    let cannot = || format!("`{}` cannot be compared", component.display());
    let asked = |cause: CheckError| Error::from(cause).context(cannot());
    let answer = other.compile_policy(&file.text);
    let old = match answer.map_err(|error| error.cause.context(cannot()))? {
        Ok(policy) => policy,
        Err(diagnostics) => return Err(Failure::Refused(refusal(component, file, &diagnostics))),
    };
    let new = taken(engine, file)?;
    let [old, new] =
        [(&other, old), (engine, new)].map(|(engine, policy)| Build { engine, policy });
    Ok(compare_builds(&old, &new).map_err(asked)?)
}

fn compiled(path: &Path) -> Result<Engine> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read the component `{}`", path.display()))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("the component `{}` is too large", path.display());
    }
    let engine = Engine::compile(&bytes).map_err(|error| error.cause);
    engine.with_context(|| format!("`{}` is no component of WebAssembly", path.display()))
}

/// The policy as this build compiles it, which has taken it before.
fn taken(engine: &Engine, file: &PolicyFile) -> Result<CompiledPolicy> {
    let policy = engine
        .compile_policy(&file.text)
        .map_err(|error| error.cause)?;
    policy
        .ok()
        .with_context(|| format!("the policy `{}` was refused", file.name))
}

fn refusal(component: &Path, file: &PolicyFile, diagnostics: &[PolicyDiagnostic]) -> String {
    let lines = diagnostics.iter().map(|it| {
        let (start, name) = (it.start, &file.name);
        format!("\n{name}:{}:{}: {}", start.line, start.column, it.reason)
    });
    format!(
        "`{}` refuses the policy, which this build takes{}",
        component.display(),
        lines.collect::<String>()
    )
}
