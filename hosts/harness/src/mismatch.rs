//! How a case differs from what it expects.

use std::ops::Range;

use crate::correction::Correction;
use crate::result::Failure;
use crate::source::Span;

/// How a case differs from what it expects.
pub(crate) struct Mismatch {
    /// The bytes of the step concerned, if not the whole case.
    pub(crate) bytes: Option<Range<usize>>,
    pub(crate) expected: String,
    pub(crate) actual: String,
    pub(crate) notes: Vec<String>,
    /// What the file would have to say, where that can be written into it.
    pub(crate) correction: Option<Box<Correction>>,
}

impl Mismatch {
    pub(crate) fn new(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            bytes: None,
            expected: expected.into(),
            actual: actual.into(),
            notes: Vec::new(),
            correction: None,
        }
    }

    /// The mismatch when the component itself failed, which no case expects.
    pub(crate) fn failed(error: &auth_runtime::Error) -> Self {
        Self::new(
            "an answer",
            format!("the component failed: {:#}", error.cause),
        )
    }

    pub(crate) fn at(mut self, bytes: &Range<usize>) -> Self {
        self.bytes.get_or_insert_with(|| bytes.clone());
        self
    }

    pub(crate) fn into_failure(self, case: &Span) -> Failure {
        let span = self
            .bytes
            .map_or_else(|| case.clone(), |bytes| case.source.span(bytes));
        Failure {
            span,
            expected: self.expected,
            actual: self.actual,
            notes: self.notes,
            correction: self.correction.map(|correction| *correction),
        }
    }
}
