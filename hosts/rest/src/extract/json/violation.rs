//! Violations of form: the rules that a JSON document breaks.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};
use serde_path_to_error::{Path, Segment};

use crate::problem::{InputError, Place, Problem};

/// How many characters of an unknown name an answer repeats.
const MAX_NAME: usize = 64;

/// One rule of form that a document breaks. It never contains a value of the document, which may be a
/// password.
#[derive(Debug)]
pub(super) struct Violation {
    code: &'static str,
    detail: String,
    /// The member that breaks the rule, when the parser's path ends at the object around it.
    member: Option<String>,
}

impl Violation {
    /// The JSON pointer to the violation, made from the path at which the parser noticed it.
    pub(super) fn complete(&self, mut path: String) -> String {
        if let Some(member) = &self.member {
            push(&mut path, member);
        }
        path
    }

    pub(super) fn at(self, place: Place) -> Problem {
        let Self { code, detail, .. } = self;
        Problem::invalid_request(vec![InputError {
            place,
            code,
            detail: detail.into(),
        }])
    }

    fn of_member(code: &'static str, name: &str, reason: &str) -> Self {
        let name: String = name.chars().take(MAX_NAME).collect();
        Self {
            code,
            detail: format!("`{name}` {reason}"),
            member: Some(name),
        }
    }

    fn of_value(code: &'static str, expected: &dyn Expected) -> Self {
        Self {
            code,
            detail: format!("expected {expected}"),
            member: None,
        }
    }
}

/// A path as a JSON pointer (RFC 6901).
pub(super) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Violation {}

impl Error for Violation {
    fn custom<T: Display>(reason: T) -> Self {
        Self {
            code: "invalid",
            detail: reason.to_string(),
            member: None,
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of_value("wrong-type", expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of_value("out-of-range", expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>();
        let detail = format!("expected {}", expected.join(" or "));
        Self {
            code: "unknown-value",
            detail,
            member: None,
        }
    }

    /// serde reports this while it reads the name, so the path ends at the member already.
    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        let name: String = name.chars().take(MAX_NAME).collect();
        Self {
            code: "unknown-member",
            detail: format!("`{name}` is not known here"),
            member: None,
        }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of_member("missing-member", name, "is needed")
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::of_member("duplicate-member", name, "occurs twice")
    }
}
