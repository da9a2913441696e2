//! `countersign policy diff`: which decisions two policies make differently, or two builds.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::Context;
use auth_lints::{Change, Comparison, Owner, RoleChanges, Verdict};
use serde_json::{Value, json};

use super::args::{DiffFormat, DiffPolicies, FailOn};
use super::builds;
use super::loaded::{engine, load};
use crate::failure::{Failure, Outcome};

/// Compares the policies, or the builds, and prints what differs.
///
/// # Errors
/// When a difference is one of `--fail-on`, or a policy or a component cannot be read.
pub fn run(arguments: &DiffPolicies) -> Outcome {
    let comparison = compare(arguments)?;
    let text = match arguments.format {
        DiffFormat::Text => text(&comparison),
        DiffFormat::Json => format!("{:#}\n", as_json(&comparison)),
    };
    io::stdout().write_all(text.as_bytes())?;
    let counts = Counts::of(&comparison);
    let fails = match arguments.fail_on {
        None => false,
        Some(FailOn::Widen) => counts.wider > 0,
        Some(FailOn::Narrow) => counts.narrower > 0,
        Some(FailOn::Any) => counts.wider + counts.narrower + comparison.settings.len() > 0,
    };
    if fails {
        return Err(Failure::Refused(counts.sentence()));
    }
    Ok(())
}

fn compare(arguments: &DiffPolicies) -> Outcome<Comparison> {
    let engine = engine()?;
    let (file, old) = load(&engine, &arguments.old)?;
    if let Some(component) = &arguments.component {
        return builds::compare(&engine, component, &file);
    }
    let new = arguments.new.as_ref().context("there is no policy after")?;
    let (_, new) = load(&engine, new)?;
    Ok(auth_lints::compare(&engine, &old, &new).map_err(anyhow::Error::from)?)
}

struct Counts {
    wider: usize,
    narrower: usize,
}

impl Counts {
    /// A role that registration gives anew widens what everybody who registers may do.
    fn of(comparison: &Comparison) -> Self {
        let changes = || comparison.roles.iter().flat_map(|role| &role.changes);
        let wider = changes().filter(|change| change.widens()).count();
        Self {
            wider: wider + comparison.newly_registered.len(),
            narrower: changes().count() - wider,
        }
    }

    fn sentence(&self) -> String {
        format!("{} wider, {} narrower", self.wider, self.narrower)
    }
}

fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for role in &comparison.roles {
        let _ = writeln!(text, "role {}{}", role.role, presence(role));
        for change in &role.changes {
            text += &line(change);
        }
    }
    for role in &comparison.newly_registered {
        let _ = writeln!(text, "registration gives {role}\n  wider");
    }
    if !comparison.settings.is_empty() {
        text += "settings\n";
    }
    for setting in &comparison.settings {
        let _ = writeln!(
            text,
            "  {}: {} -> {}",
            setting.key, setting.before, setting.after
        );
    }
    let _ = writeln!(text, "{}", Counts::of(comparison).sentence());
    text
}

fn presence(role: &RoleChanges) -> &'static str {
    match (role.in_old, role.in_new) {
        (false, _) => " (new)",
        (_, false) => " (removed)",
        _ => "",
    }
}

fn line(change: &Change) -> String {
    let direction = if change.widens() { "wider" } else { "narrower" };
    let owner = match change.owner {
        Owner::Anybody => "",
        Owner::Subject => ", on what the user owns",
        Owner::Other => ", on what others own",
    };
    let (before, after) = (verdict(change.before), verdict(change.after));
    let mut line = format!(
        "  {direction:8}  {}: {before} -> {after}{owner}",
        change.permissions
    );
    if change.witness != change.permissions {
        let _ = write!(line, ", for instance {}", change.witness);
    }
    if let [first, rest @ ..] = change.except.as_slice() {
        let more = if rest.is_empty() {
            String::new()
        } else {
            format!(" and {} more", rest.len())
        };
        let _ = write!(line, "; not {first}{more}");
    }
    line + "\n"
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Denied => "denied",
        Verdict::Unmatched => "nothing allows",
        Verdict::Allowed => "allowed",
    }
}

fn as_json(comparison: &Comparison) -> Value {
    let change = |change: &Change| {
        json!({
            "permissions": change.permissions,
            "except": change.except,
            "witness": change.witness,
            "owner": match change.owner {
                Owner::Anybody => "anybody",
                Owner::Subject => "subject",
                Owner::Other => "other",
            },
            "before": verdict(change.before),
            "after": verdict(change.after),
            "widens": change.widens(),
        })
    };
    let role = |role: &RoleChanges| {
        json!({
            "role": role.role,
            "in_old": role.in_old,
            "in_new": role.in_new,
            "changes": role.changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    let settings = comparison.settings.iter().map(
        |setting| json!({ "key": setting.key, "before": setting.before, "after": setting.after }),
    );
    json!({
        "version": 1,
        "component": format!("sha256:{}", auth_artifact::SHA256),
        "roles": comparison.roles.iter().map(role).collect::<Vec<_>>(),
        "settings": settings.collect::<Vec<_>>(),
        "newly_registered": comparison.newly_registered,
    })
}
