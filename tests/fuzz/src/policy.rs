//! `core/rules/src/policy_file.rs`

use std::str;

use auth_rules::policy_file::{Position, compile};

/// A policy is compiled, or refused with a place that an editor can go to.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    match compile(text) {
        Ok((settings, roles)) => {
            // The same bytes mean the same policy, and no two roles have one name.
            let again = compile(text).expect("the same text");
            assert!(again.0 == settings && again.1.len() == roles.len());
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                assert!(is_within(text, diagnostic.start), "{diagnostic:?}");
                assert!(is_within(text, diagnostic.end), "{diagnostic:?}");
                assert!(diagnostic.start <= diagnostic.end, "{diagnostic:?}");
                assert!(!diagnostic.reason.is_empty() && !diagnostic.reason.ends_with('.'));
            }
        }
    }
}

/// Whether an editor can go to this place of the text.
fn is_within(text: &str, position: Position) -> bool {
    let index = |number: u32| usize::try_from(number).ok()?.checked_sub(1);
    let line = index(position.line).and_then(|line| text.split('\n').nth(line));
    let column = index(position.column);
    line.zip(column)
        .is_some_and(|(line, column)| column <= line.chars().count())
}
