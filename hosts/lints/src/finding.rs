//! What a check of a policy finds.

use std::ops::Range;

use crate::catalogue::{Lint, Severity};

/// One finding about a policy file.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The lint, with its id and its explanation.
    pub lint: &'static Lint,
    /// The bytes of the text that it is about; empty where something is missing.
    pub span: Range<usize>,
    /// The key concerned, for example `roles.editor.inherits`; empty when the text is not TOML.
    pub path: String,
    /// What is wrong, in one sentence without a final stop.
    pub message: String,
    /// What would mend it, in one sentence without a final stop.
    pub help: Option<String>,
    /// Other places that have a part in it.
    pub related: Vec<Related>,
}

/// A place that has a part in a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// Its part, in a few words.
    pub label: String,
}

impl Finding {
    /// How grave it is, as its lint says.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.lint.severity
    }
}

/// A finding, with the decisions by which it stands or falls.
pub(crate) struct Draft {
    pub(crate) finding: Finding,
    pub(crate) claims: Vec<Claim>,
}

/// What the component decides, according to a lint.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) roles: Vec<String>,
    pub(crate) permission: String,
    /// Whether the subject asks about something of its own.
    pub(crate) own: bool,
    pub(crate) expected: Expected,
}

/// A decision without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Allowed,
    NotAllowed,
    Denied,
}

impl Draft {
    pub(crate) fn new(
        lint: &'static Lint,
        span: Range<usize>,
        path: String,
        message: String,
    ) -> Self {
        let finding = Finding {
            lint,
            span,
            path,
            message,
            help: None,
            related: Vec::new(),
        };
        Self {
            finding,
            claims: Vec::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    pub(crate) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        let label = label.into();
        self.finding.related.push(Related { span, label });
        self
    }

    /// Adds a claim that the component must confirm.
    pub(crate) fn claim(
        mut self,
        roles: &[&str],
        permission: String,
        own: bool,
        expected: Expected,
    ) -> Self {
        self.claims.push(Claim {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            permission,
            own,
            expected,
        });
        self
    }
}
