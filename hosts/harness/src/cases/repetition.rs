//! Cases that ask the same.

use std::collections::HashMap;

use crate::case::{Body, Case, Finding};
use crate::case_lint::CaseLint;
use crate::cases::access::Answer;
use crate::source::Span;

/// Two cases that ask the same, or have the same name, are malformed: one of them is a mistake. Both
/// places are named. A case with a `why` may stand beside one without, as a row of a grid is.
pub(crate) fn refuse_repetitions(cases: &mut [Case]) {
    let mut first: HashMap<String, (Span, Option<Asserted>)> = HashMap::new();
    for case in cases.iter_mut() {
        let (key, asserted) = match &case.body {
            Body::Access(access) => (
                access.question(),
                Some((access.expected, access.why.is_some())),
            ),
            Body::Story(_) => (format!("story {}", case.name), None),
            _ => continue,
        };
        let Some((earlier, before)) = first.get(&key) else {
            first.insert(key, (case.span.clone(), asserted));
            continue;
        };
        let (lint, verb) = match (asserted, before) {
            (Some((answer, _)), Some((other, _))) if answer != *other => {
                (CaseLint::Contradiction, "contradicts")
            }
            (Some((_, why)), Some((_, other))) if why != *other => continue,
            _ => (CaseLint::Unreadable, "repeats"),
        };
        let place = earlier.start();
        let file = earlier.source.path().display();
        let reason = format!("{verb} {file}:{}:{}", place.line, place.column);
        let span = case.span.clone();
        case.body = Body::Malformed(vec![Finding { lint, span, reason }]);
    }
}

/// The answer that a case expects, and whether it says why.
type Asserted = (Answer, bool);
