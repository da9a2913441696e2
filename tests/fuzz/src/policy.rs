//! `core/rules/src/policy_file.rs`

use std::str;

use auth_rules::policy_file::compile;

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
            let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
            for diagnostic in diagnostics {
                assert!((1..=lines).contains(&diagnostic.line), "{diagnostic:?}");
                let place = usize::try_from(diagnostic.line - 1).unwrap_or_default();
                let line = text.split('\n').nth(place).unwrap_or_default();
                let columns = line.chars().count() + 1;
                let column = usize::try_from(diagnostic.column).unwrap_or_default();
                assert!((1..=columns).contains(&column), "{diagnostic:?}");
                assert!(!diagnostic.reason.is_empty() && !diagnostic.reason.ends_with('.'));
            }
        }
    }
}
