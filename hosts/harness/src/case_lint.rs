//! The kinds of findings about case files.

/// A kind of finding about a case file. [`CaseLint::id`] is that of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseLint {
    /// No case uses the subject.
    UnusedSubject,
    /// Two cases expect opposite answers to one question.
    Contradiction,
    /// The story expects nothing.
    ExpectsNothing,
    /// The questions about permissions have the same answers when no role has a rule.
    PassesWithoutRules,
    /// The case cannot be read.
    Unreadable,
}

impl CaseLint {
    /// Its stable id, such as `CS402`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::UnusedSubject => "CS402",
            Self::Contradiction => "CS403",
            Self::ExpectsNothing => "CS404",
            Self::PassesWithoutRules => "CS405",
            Self::Unreadable => "CS407",
        }
    }
}
