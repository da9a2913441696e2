//! `countersign policy who-can`: the roles that have a permission.

use std::io;

use anyhow::anyhow;
use auth_runtime::Decision;

use super::args::WhoCan;
use super::loaded::{chosen, engine};
use crate::columns;
use crate::failure::{Failure, Outcome};

/// Asks the component for every role of the policy, and prints those that have the permission, with
/// the rule and the way to it. With `--all` it prints the others as well.
///
/// # Errors
/// When no role has it, or the policy cannot be read.
pub fn run(arguments: &WhoCan) -> Outcome {
    let engine = engine()?;
    let policy = chosen(&engine, &arguments.policy)?;
    let mut witness = policy.witness(&engine).map_err(anyhow::Error::from)?;
    let mut rows = Vec::new();
    let mut can = 0_usize;
    for role in policy.roles() {
        let names = [role.name.clone()];
        let decided = witness
            .decide(&names, &arguments.permission, arguments.own)
            .map_err(|error| error.cause)?;
        let decision = decided.ok_or_else(|| malformed(&arguments.permission))?;
        let (word, rule) = match decision {
            Decision::Allowed(rule) => ("yes", Some(rule)),
            Decision::Denied(rule) => ("no", Some(rule)),
            Decision::Unmatched => ("-", None),
        };
        can += usize::from(word == "yes");
        if word == "yes" || arguments.all {
            let (rule, via) =
                rule.map_or_else(Default::default, |rule| (rule.rule, rule.via.join(" > ")));
            rows.push([role.name.clone(), word.to_owned(), rule, via]);
        }
    }
    columns::write(io::stdout(), &rows)?;
    if can == 0 {
        return Err(Failure::Refused(format!(
            "no role has `{}`",
            arguments.permission
        )));
    }
    Ok(())
}

/// The error for text that is no permission.
pub fn malformed(permission: &str) -> anyhow::Error {
    anyhow!("`{permission}` is no permission: it is `resource:action` without wildcards")
}
