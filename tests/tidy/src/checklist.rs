//! The list of checks in `tests/checks.md`.

/// One check: its number, and what holds it.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// `1` to `60`, or a letter and two digits or more.
    pub number: String,
    /// What is checked.
    pub text: String,
    /// What holds the check, in the order of the page.
    pub evidence: Vec<Evidence>,
}

/// What holds a check, or why nothing does.
#[derive(Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Why there is no test, or the command that measures instead.
    Reason(String),
    /// A file and functions in it; without functions, the whole file.
    Tests {
        /// The path from the root of the project.
        file: String,
        /// Their names.
        functions: Vec<String>,
    },
}

/// What begins a line that states a reason in place of tests.
const REASONS: [&str; 3] = ["Measured: ", "No test: ", "Not yet: "];

/// Reads the checks of a page, which are the items of its lists that begin with a bold number.
///
/// # Errors
/// The first line that belongs to a check and has none of the forms above.
pub fn parse(page: &str) -> Result<Vec<Check>, String> {
    let mut checks: Vec<Check> = Vec::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("- **") {
            let (number, text) = rest.split_once("** ").ok_or(line)?;
            if text.trim().is_empty() {
                return Err(line.to_owned());
            }
            checks.push(Check {
                number: number.to_owned(),
                text: text.trim().to_owned(),
                evidence: Vec::new(),
            });
        } else if let Some(item) = line.strip_prefix("  - ") {
            let check = checks.last_mut().ok_or(line)?;
            check.evidence.push(parse_evidence(item).ok_or(line)?);
        }
    }
    Ok(checks)
}

/// Reads a reason, or `` `file`: `function`, `function` (note) ``.
fn parse_evidence(item: &str) -> Option<Evidence> {
    if let Some(reason) = REASONS.iter().find_map(|it| item.strip_prefix(it)) {
        let reason = reason.trim().to_owned();
        return (!reason.is_empty()).then_some(Evidence::Reason(reason));
    }
    let references = item.split(" (").next()?;
    let mut parts = references.split(": ");
    let file = code(parts.next()?)?;
    let functions = parts.next().map_or_else(
        || Some(Vec::new()),
        |functions| functions.split(", ").map(code).collect(),
    )?;
    parts
        .next()
        .is_none()
        .then_some(Evidence::Tests { file, functions })
}

/// The text between backticks.
fn code(text: &str) -> Option<String> {
    let text = text.strip_prefix('`')?.strip_suffix('`')?;
    (!text.is_empty() && !text.contains(['`', ' '])).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Check, Evidence, parse};

    fn tests(file: &str, functions: &[&str]) -> Evidence {
        Evidence::Tests {
            file: file.to_owned(),
            functions: functions.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn reads_what_holds_a_check() {
        let cases = [
            ("`a.rs`", tests("a.rs", &[])),
            ("`a.rs`: `b`", tests("a.rs", &["b"])),
            ("`a.rs`: `b`, `c` (as `d`: e)", tests("a.rs", &["b", "c"])),
            ("Not yet: no mail.", Evidence::Reason("no mail.".to_owned())),
        ];
        for (item, evidence) in cases {
            let page = format!("# T\n\n- item\n\n- **7** Text.\n  - {item}\n");
            let check = Check {
                number: "7".to_owned(),
                text: "Text.".to_owned(),
                evidence: vec![evidence],
            };
            assert_eq!(parse(&page), Ok(vec![check]), "{item}");
        }
    }

    #[test]
    fn refuses_a_line_of_another_form() {
        let lines = [
            "- **7**",
            "- **7** ",
            "- **7** Text.\n  - a.rs",
            "- **7** Text.\n  - `a.rs` `b`",
            "- **7** Text.\n  - `a.rs`: b",
            "- **7** Text.\n  - `a.rs`: `b`, ",
            "- **7** Text.\n  - Not yet: ",
            "  - `a.rs`",
        ];
        for page in lines {
            assert!(parse(page).is_err(), "{page}");
        }
    }
}
