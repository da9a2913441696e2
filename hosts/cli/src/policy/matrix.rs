//! `countersign policy matrix`: every role against every permission that the policy names.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::bail;
use auth_lints::{Compiled, Witness};
use auth_runtime::Decision;

use super::args::{Matrix, MatrixFormat};
use super::loaded::{chosen, engine};
use crate::failure::Outcome;

/// The most cells that are written. More of them nobody reads, and each is two questions.
const MAX_CELLS: usize = 1_000_000;

/// A table with one row for each permission and one column for each role.
struct Table {
    roles: Vec<String>,
    rows: Vec<(String, Vec<&'static str>)>,
}

/// Asks the component for each cell and prints the table. A cell is `yes`, `own` (only on what the
/// user owns), `no` (a rule denies it) or `-` (nothing allows it), as in the grids of case files.
///
/// # Errors
/// When the policy cannot be read, has no such role, or is too large for a table.
pub fn run(arguments: &Matrix) -> Outcome {
    let engine = engine()?;
    let policy = chosen(&engine, &arguments.policy)?;
    let table = fill(
        &policy,
        &mut policy.witness(&engine).map_err(anyhow::Error::from)?,
        &arguments.roles,
    )?;
    let text = match arguments.format {
        MatrixFormat::Text => text(&table),
        MatrixFormat::Csv => csv(&table),
        MatrixFormat::Html => html(&table),
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn fill(policy: &Compiled, witness: &mut Witness, chosen: &[String]) -> anyhow::Result<Table> {
    if let Some(unknown) = chosen.iter().find(|role| policy.role(role).is_none()) {
        bail!("the policy has no role `{unknown}`");
    }
    let all = || {
        policy
            .roles()
            .iter()
            .map(|role| role.name.clone())
            .collect()
    };
    let roles: Vec<String> = if chosen.is_empty() {
        all()
    } else {
        chosen.to_vec()
    };
    let permissions = policy.permissions(&roles);
    let cells = permissions.len().saturating_mul(roles.len());
    if cells > MAX_CELLS {
        bail!("the table would have {cells} cells: choose roles with --role");
    }
    let mut rows = Vec::with_capacity(permissions.len());
    for (pattern, example) in permissions {
        let cells = roles.iter().map(|role| cell(witness, role, &example));
        rows.push((pattern, cells.collect::<anyhow::Result<_>>()?));
    }
    Ok(Table { roles, rows })
}

fn cell(witness: &mut Witness, role: &str, permission: &str) -> anyhow::Result<&'static str> {
    let roles = [role.to_owned()];
    let mut decide = |own| {
        witness
            .decide(&roles, permission, own)
            .map_err(|error| error.cause)
    };
    Ok(match (decide(false)?, decide(true)?) {
        (Some(Decision::Allowed(_)), _) => "yes",
        (_, Some(Decision::Allowed(_))) => "own",
        (Some(Decision::Denied(_)), _) => "no",
        _ => "-",
    })
}

fn text(table: &Table) -> String {
    let first = table
        .rows
        .iter()
        .map(|(pattern, _)| pattern.len())
        .max()
        .unwrap_or_default();
    let width = |role: &str| role.len().max(3);
    let mut text = format!("{:first$}", "");
    for role in &table.roles {
        let _ = write!(text, "  {role:0$}", width(role));
    }
    for (pattern, cells) in &table.rows {
        text.truncate(text.trim_end().len());
        let _ = write!(text, "\n{pattern:first$}");
        for (role, cell) in table.roles.iter().zip(cells) {
            let _ = write!(text, "  {cell:0$}", width(role));
        }
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// RFC 4180. No name of a role or a permission has a comma, a quote or a break.
fn csv(table: &Table) -> String {
    let mut text = format!("permission,{}\r\n", table.roles.join(","));
    for (pattern, cells) in &table.rows {
        let _ = write!(text, "{pattern},{}\r\n", cells.join(","));
    }
    text
}

/// One page that loads nothing. No name of a role or a permission has a sign that HTML means
/// something by.
fn html(table: &Table) -> String {
    let mut text = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Permissions by role</title>\n\
         <style>\nbody { font: 14px system-ui, sans-serif }\ntable { border-collapse: collapse }\n\
         th, td { border: 1px solid #999; padding: 2px 8px; text-align: left }\n\
         thead th { position: sticky; top: 0; background: #fff }\n.yes { background: #cfc }\n\
         .own { background: #eec }\n.no { background: #fcc }\n</style>\n\
         <table>\n<caption>yes: allowed; own: only on what the user owns; no: denied; -: nothing \
         allows it</caption>\n<thead><tr><th scope=\"col\">permission</th>",
    );
    for role in &table.roles {
        let _ = write!(text, "<th scope=\"col\">{role}</th>");
    }
    text += "</tr></thead>\n<tbody>\n";
    for (pattern, cells) in &table.rows {
        let _ = write!(text, "<tr><th scope=\"row\">{pattern}</th>");
        for cell in cells {
            let class = if *cell == "-" {
                String::new()
            } else {
                format!(" class=\"{cell}\"")
            };
            let _ = write!(text, "<td{class}>{cell}</td>");
        }
        text += "</tr>\n";
    }
    text + "</tbody>\n</table>\n</html>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_every_cell() {
        let engine = engine().unwrap();
        let policy = "[roles.admin]\nallow = ['*:*']\n[roles.user]\nallow_own = ['orders:read']\n\
                      deny = ['orders:*']\n[roles.clerk]\nallow = ['orders:read']";
        let policy = Compiled::new(&engine, policy).unwrap().unwrap();
        let mut witness = policy.witness(&engine).unwrap();
        let table = fill(&policy, &mut witness, &[]).unwrap();
        assert_eq!(
            text(&table),
            "             admin  clerk  user\n\
             *:*          yes    -      -\n\
             orders:*     yes    -      no\n\
             orders:read  yes    yes    no\n"
        );
        assert!(csv(&table).contains("\r\norders:read,yes,yes,no\r\n"));
        assert!(html(&table).contains("<td class=\"no\">no</td></tr>"));
        let chosen = fill(&policy, &mut witness, &["clerk".to_owned()]).unwrap();
        assert_eq!(csv(&chosen), "permission,clerk\r\norders:read,yes\r\n");
        assert!(fill(&policy, &mut witness, &["clark".to_owned()]).is_err());
    }
}
