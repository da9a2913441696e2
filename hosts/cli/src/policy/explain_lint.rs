//! `countersign policy explain-lint`: the page of a lint.

use std::io::{self, Write};

use anyhow::Context;
use auth_lints::{LINTS, Lint, catalogue};

use crate::columns;
use crate::failure::Outcome;

/// Prints the explanation of a lint, or the list of all.
///
/// # Errors
/// When no lint has this id.
pub fn run(id: Option<&str>) -> Outcome {
    let Some(id) = id else {
        let row = |lint: &&Lint| [lint.id, lint.severity.name(), lint.title].map(str::to_owned);
        let rows: Vec<_> = LINTS.iter().map(row).collect();
        return Ok(columns::write(io::stdout(), &rows)?);
    };
    let lint = catalogue::find(id).with_context(|| {
        format!("there is no lint `{id}`: `countersign policy explain-lint` lists all")
    })?;
    Ok(io::stdout().write_all(page(lint).as_bytes())?)
}

/// The page of a lint, which the documentation has as well.
fn page(lint: &Lint) -> String {
    let clause = lint.clause.map(|clause| format!("\n{clause}.\n"));
    format!(
        "{}: {}\n\nSeverity: {}.\n{}\n{}\n",
        lint.id,
        lint.title,
        lint.severity.name(),
        clause.unwrap_or_default(),
        lint.explanation
    )
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn reference() -> String {
        let mut text = "\
# Lints

<!-- Generated from hosts/lints/src/catalogue.rs: `UPDATE_REFERENCE=1 cargo test -p auth-cli reference` \
rewrites it. -->

What [`countersign policy check`](command-line.md#policy-check) finds. \
`countersign policy explain-lint` prints the same.

An *error* is a fault for which the component refuses the policy. A *warning* is something that hardly can \
be meant, or that is weaker than a standard asks for. A *note* can be simpler, or is good to know. \
Warnings and notes can be ignored where they stand, with a reason:

```toml
allow = [\"orders:*\", \"orders:read\"]  # countersign: allow CS202 because the wildcard will go
```
"
        .to_owned();
        for lint in LINTS {
            let clause = lint.clause.map(|clause| format!(" {clause}."));
            let _ = write!(
                text,
                "\n## {}: {}\n\nSeverity: {}.{}\n\n{}\n",
                lint.id,
                lint.title,
                lint.severity.name(),
                clause.unwrap_or_default(),
                lint.explanation
            );
        }
        text
    }

    #[test]
    fn the_reference_of_lints_is_up_to_date() {
        crate::reference::assert_up_to_date("lints.md", &reference());
    }

    #[test]
    fn an_unknown_lint_is_refused_by_name() {
        assert!(run(Some("cs101")).is_ok());
        assert!(run(Some("CS999")).is_err());
    }
}
