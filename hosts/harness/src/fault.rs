//! What is wrong with a file of cases itself.

use std::ops::Range;

use crate::case_lint::CaseLint;

/// One finding about the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing is wrong.
    pub lint: CaseLint,
    /// The bytes that are to be marked.
    pub bytes: Range<usize>,
    /// What is wrong, in one sentence without a final stop.
    pub reason: String,
}

/// The findings about one text so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, bytes: Range<usize>, reason: impl Into<String>) {
        self.add_as(CaseLint::Unreadable, bytes, reason);
    }

    pub(crate) fn add_as(
        &mut self,
        lint: CaseLint,
        bytes: Range<usize>,
        reason: impl Into<String>,
    ) {
        let reason = reason.into();
        self.0.push(Fault {
            lint,
            bytes,
            reason,
        });
    }

    /// The findings in the order of their places.
    pub(crate) fn into_sorted(mut self) -> Vec<Fault> {
        self.0
            .sort_by_key(|fault| (fault.bytes.start, fault.bytes.end));
        self.0
    }
}

/// The sentence for a name that is not among the known ones.
pub(crate) fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None if known.len() > 40 => format!("there are {}", known.len()),
        None => format!("known here: `{}`", known.join("`, `")),
    };
    format!("unknown {kind} `{name}`; {hint}")
}

/// The known name that `given` was probably meant to be.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    // The distance takes long to compute for a long text.
    if given.len() > 64 {
        return None;
    }
    let distances = known
        .iter()
        .map(|name| (strsim::osa_distance(given, name), *name));
    let nearest = distances.min();
    nearest
        .filter(|(distance, name)| *distance <= name.len().div_ceil(4))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_or_with_all() {
        for (given, known, sentence) in [
            (
                "grdi",
                &["grid", "never"][..],
                "unknown key `grdi`; did you mean `grid`?",
            ),
            (
                "colour",
                &["grid", "never"],
                "unknown key `colour`; known here: `grid`, `never`",
            ),
            ("x", &[], "unknown key `x`; there is none"),
        ] {
            assert_eq!(unknown("key", given, known), sentence);
        }
    }
}
