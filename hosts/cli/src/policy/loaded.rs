//! A policy file that the component has compiled.

use std::path::Path;

use anyhow::{Context, Result, bail};
use auth_lints::Compiled;
use auth_runtime::{Allocation, Engine};

use super::file::PolicyFile;
use crate::settings::PolicySetting;

/// Compiles the policy that a setting names, or the default policy.
///
/// # Errors
/// When the file cannot be read, or the component refuses it.
pub fn chosen(engine: &Engine, setting: &PolicySetting) -> Result<Compiled> {
    match &setting.path {
        Some(path) => load(engine, path).map(|(_, compiled)| compiled),
        None => Compiled::new(engine, "")?.context("the default policy was refused"),
    }
}

/// Loads the engine.
///
/// # Errors
/// When this machine cannot run the component.
pub fn engine() -> Result<Engine> {
    Engine::load(Allocation::OnDemand).map_err(|error| error.cause)
}

/// Reads and compiles a policy.
///
/// # Errors
/// When the file cannot be read, or the component refuses it.
pub fn load(engine: &Engine, path: &Path) -> Result<(PolicyFile, Compiled)> {
    let file = PolicyFile::read(path)?;
    let compiled = match file.not_utf8 {
        Some(_) => None,
        None => Compiled::new(engine, &file.text)?,
    };
    match compiled {
        Some(compiled) => Ok((file, compiled)),
        None => bail!(
            "the policy `{0}` has errors: `countersign policy check {0}` shows them",
            file.name
        ),
    }
}
