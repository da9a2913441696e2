//! `countersign policy fmt`: one layout for policy files.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use auth_runtime::Engine;

use super::args::FormatPolicy;
use super::file::PolicyFile;
use super::loaded::{engine, load};
use crate::failure::{Failure, Outcome};

/// Lays the files out anew, or with `--check` names those that are not laid out so.
///
/// # Errors
/// When a file cannot be read or written, or the component refuses it; with `--check` when a file
/// would change.
pub fn run(arguments: &FormatPolicy) -> Outcome {
    let engine = engine()?;
    let mut changed = 0_usize;
    for path in &arguments.files {
        let (file, laid_out) = lay_out(&engine, path)?;
        if path == Path::new("-") && !arguments.check {
            io::stdout().write_all(laid_out.as_bytes())?;
        } else if laid_out != file.text {
            changed += 1;
            writeln!(io::stdout(), "{}", file.name)?;
            if !arguments.check {
                fs::write(path, laid_out)
                    .with_context(|| format!("cannot write `{}`", file.name))?;
            }
        }
    }
    if arguments.check && changed > 0 {
        let plural = if changed == 1 { "file is" } else { "files are" };
        return Err(Failure::Refused(format!("{changed} {plural} not laid out")));
    }
    Ok(())
}

/// Lays a policy out, and makes sure that it means the same.
fn lay_out(engine: &Engine, path: &Path) -> anyhow::Result<(PolicyFile, String)> {
    let (file, before) = load(engine, path)?;
    let laid_out = auth_lints::lay_out(&file.text);
    let after = auth_lints::Compiled::new(engine, &laid_out)?;
    if after.is_none_or(|after| !after.is_same(&before)) {
        bail!(
            "`{}` would mean something else: it stays as it is; please report it",
            file.name
        );
    }
    Ok((file, laid_out))
}
