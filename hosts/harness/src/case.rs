//! A case: what it asks, and where it stands.

use std::ops::Range;

use crate::case_lint::CaseLint;
use crate::cases::access::Access;
use crate::cases::never::Never;
use crate::cases::story::Story;
use crate::cases::token::Token;
use crate::cases::value::Value;
use crate::fault::Fault;
use crate::source::{Source, Span};

/// The kind of a case, after the section of the file that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The file as a whole; a case of this kind is always malformed.
    File,
    /// A cell of a grid.
    Grid,
    /// A question about a permission.
    Decision,
    /// A permission that no role may allow.
    Never,
    /// A password or an address.
    Value,
    /// A token at one time.
    Token,
    /// A sequence of steps.
    Story,
}

impl Kind {
    /// The sections of a file, in the order in which their cases are run.
    pub(crate) const SECTIONS: [Self; 6] = [
        Self::Grid,
        Self::Decision,
        Self::Never,
        Self::Value,
        Self::Token,
        Self::Story,
    ];

    /// The name, which is that of the section.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Grid => "grid",
            Self::Decision => "decision",
            Self::Never => "never",
            Self::Value => "value",
            Self::Token => "token",
            Self::Story => "story",
        }
    }
}

/// One case of a file.
pub(crate) struct Case {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) body: Body,
}

/// What a case asks, or why it cannot be read.
pub(crate) enum Body {
    Access(Access),
    Never(Never),
    Value(Value),
    Token(Token),
    Story(Story),
    /// The case cannot be read.
    Malformed(Vec<Finding>),
}

/// Something at a place that is wrong, or is not as expected.
#[derive(Clone)]
pub struct Finding {
    /// What kind of thing is wrong.
    pub lint: CaseLint,
    /// Where it stands in its file.
    pub span: Span,
    /// What, in one sentence without a final stop.
    pub reason: String,
}

/// A case that cannot be read.
pub(crate) fn malformed(kind: Kind, name: &str, span: Span, findings: Vec<Finding>) -> Case {
    Case {
        kind,
        name: name.to_owned(),
        span,
        body: Body::Malformed(findings),
    }
}

pub(crate) fn finding(source: &Source, bytes: Range<usize>, reason: &str) -> Finding {
    Finding {
        lint: CaseLint::Unreadable,
        span: source.span(bytes),
        reason: reason.to_owned(),
    }
}

pub(crate) fn findings(source: &Source, faults: Vec<Fault>) -> Vec<Finding> {
    faults
        .into_iter()
        .map(|fault| Finding {
            lint: fault.lint,
            span: source.span(fault.bytes),
            reason: fault.reason,
        })
        .collect()
}
