//! Patterns of paths: `/articles/{id}`, `/admin/{*rest}`.

use std::cmp::Reverse;

use thiserror::Error;

/// Why a text is no pattern of paths.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MalformedPattern {
    /// It does not begin with a slash.
    #[error("must begin with `/`")]
    Relative,
    /// It has an empty segment, or ends in a slash.
    #[error("has an empty segment; a slash at its end counts for nothing, so leave it out")]
    EmptySegment,
    /// Braces that do not hold a whole segment, or no name.
    #[error(
        "has braces that are not `{{name}}` for one segment, or `{{*name}}` at the end for all that \
         follow"
    )]
    Braces,
    /// A segment that no request can have.
    #[error(
        "has a segment that no request matches: write it decoded, without `%`, `;`, `\\`, `?`, `#`, \
         spaces and control characters, and not as `.` or `..`"
    )]
    Unmatchable,
}

/// A set of paths. A segment matches itself, with letters in either case; `{name}` matches any one
/// segment; `{*name}` at the end matches all that follow, also nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Segment>,
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// In lower case, as far as it is ASCII.
    Literal(Vec<u8>),
    Any,
}

impl PathPattern {
    /// Parses a pattern of a policy file.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, MalformedPattern> {
        let rest = text.strip_prefix('/').ok_or(MalformedPattern::Relative)?;
        let mut pattern = Self {
            segments: Vec::new(),
            open: false,
        };
        for part in rest.split('/').filter(|_| !rest.is_empty()) {
            if pattern.open {
                return Err(MalformedPattern::Braces);
            }
            match part.strip_prefix('{').map(|inner| inner.strip_prefix('*')) {
                Some(Some(name)) => {
                    braced(name)?;
                    pattern.open = true;
                }
                Some(None) => {
                    braced(part.strip_prefix('{').unwrap_or_default())?;
                    pattern.segments.push(Segment::Any);
                }
                None => pattern.segments.push(Segment::Literal(literal(part)?)),
            }
        }
        Ok(pattern)
    }

    /// Whether a path of these decoded segments is in the set.
    pub(super) fn matches(&self, path: &[Vec<u8>]) -> bool {
        let is_long_enough = match self.open {
            true => path.len() >= self.segments.len(),
            false => path.len() == self.segments.len(),
        };
        is_long_enough
            && self
                .segments
                .iter()
                .zip(path)
                .all(|(segment, given)| match segment {
                    Segment::Literal(literal) => literal.eq_ignore_ascii_case(given),
                    Segment::Any => true,
                })
    }

    /// Whether every path of the other set is in this one.
    pub(super) fn contains(&self, other: &Self) -> bool {
        let has_lengths = match self.open {
            true => other.segments.len() >= self.segments.len(),
            false => !other.open && other.segments.len() == self.segments.len(),
        };
        has_lengths
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|(segment, other)| *segment == Segment::Any || segment == other)
    }

    /// Whether some path is in both sets.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let is_reached = match self.segments.len().cmp(&other.segments.len()) {
            std::cmp::Ordering::Less => self.open,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => other.open,
        };
        is_reached
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|(segment, other)| {
                    segment == other || *segment == Segment::Any || *other == Segment::Any
                })
    }

    /// Orders patterns so that one comes before every other that contains it.
    pub(super) fn breadth(&self) -> (Reverse<usize>, Reverse<usize>, bool) {
        let is_literal = |segment: &&Segment| **segment != Segment::Any;
        let literals = self.segments.iter().filter(is_literal).count();
        (Reverse(literals), Reverse(self.segments.len()), self.open)
    }
}

fn braced(name: &str) -> Result<(), MalformedPattern> {
    let name = name.strip_suffix('}').ok_or(MalformedPattern::Braces)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(is_name) {
        true => Ok(()),
        false => Err(MalformedPattern::Braces),
    }
}

fn literal(text: &str) -> Result<Vec<u8>, MalformedPattern> {
    let is_unmatchable =
        |c: char| c.is_control() || c.is_whitespace() || matches!(c, '%' | ';' | '\\' | '?' | '#');
    if text.is_empty() {
        Err(MalformedPattern::EmptySegment)
    } else if text.contains(['{', '}']) {
        Err(MalformedPattern::Braces)
    } else if text == "." || text == ".." || text.contains(is_unmatchable) {
        Err(MalformedPattern::Unmatchable)
    } else {
        Ok(text.to_ascii_lowercase().into_bytes())
    }
}
