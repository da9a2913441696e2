//! `countersign policy init`: a first policy, and the first cases for it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use crate::failure::Outcome;

/// The files, by name. The cases name the policy.
const FILES: [(&str, &str); 2] = [
    ("countersign.toml", include_str!("init/countersign.toml")),
    ("access.cases.toml", include_str!("init/access.cases.toml")),
];

/// Writes the files into the folder, which is made if need be. A file that exists is never replaced.
///
/// # Errors
/// When a file exists or cannot be written. Then nothing more is written.
pub fn run(folder: &Path) -> Outcome {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let existing = FILES
        .iter()
        .map(|(name, _)| folder.join(name))
        .find(|path| path.exists());
    if let Some(path) = existing {
        return Err(anyhow::anyhow!("`{}` exists", path.display()).into());
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        let file = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        file.with_context(|| format!("cannot write `{}`", path.display()))?;
        writeln!(io::stdout(), "{}", path.display())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use auth_runtime::{Allocation, Engine};

    use super::*;

    #[test]
    fn the_first_policy_has_no_finding_and_is_laid_out() {
        let engine = Engine::load(Allocation::OnDemand).unwrap();
        let (_, policy) = FILES[0];
        assert!(auth_lints::check(&engine, policy).unwrap().is_empty());
        assert_eq!(auth_lints::lay_out(policy), policy);
    }

    #[test]
    fn nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a b");
        assert!(run(&inner).is_ok());
        assert!(run(&inner).is_err());
        fs::remove_file(inner.join("countersign.toml")).unwrap();
        fs::write(inner.join("access.cases.toml"), "mine").unwrap();
        assert!(run(&inner).is_err());
        assert!(!inner.join("countersign.toml").exists());
    }
}
