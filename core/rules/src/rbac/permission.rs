//! Permissions, `resource:action`, and patterns of them.

use std::fmt;

use thiserror::Error;

/// The most characters in the resource or in the action of a permission.
const MAX_PART: usize = 64;

/// The text is not `resource:action`, or it has a wildcard where none is allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "must be `resource:action`, each of 1 to 64 lower-case letters, digits, `.`, `_`, `/` and `-`, \
     starting with a letter or digit"
)]
pub struct MalformedPermission;

/// One thing that a subject can do, such as `orders:read`, without wildcards.
///
/// Resource and action are each `[a-z0-9][a-z0-9._/-]{0,63}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    resource: String,
    action: String,
}

impl Permission {
    /// Parses the name of a permission.
    pub fn parse(text: &str) -> Result<Self, MalformedPermission> {
        let (resource, action) = text.split_once(':').ok_or(MalformedPermission)?;
        if !is_name(resource) || !is_name(action) {
            return Err(MalformedPermission);
        }
        Ok(Self {
            resource: resource.to_owned(),
            action: action.to_owned(),
        })
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource, self.action)
    }
}

/// The permissions that a rule matches: `orders:read`, `orders:*`, `*:read`, `orders.*:read*`.
///
/// Each part is a name as in a [`Permission`], a `*` for every name, or a beginning and a `*` for
/// every name that begins so; at most 64 characters with the `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    resource: Part<'a>,
    action: Part<'a>,
}

impl<'a> Pattern<'a> {
    /// Parses a pattern of a policy file and checks its characters.
    pub fn parse(text: &'a str) -> Result<Self, MalformedPermission> {
        let pattern = Self::read(text).ok_or(MalformedPermission)?;
        if !pattern.resource.is_well_formed() || !pattern.action.is_well_formed() {
            return Err(MalformedPermission);
        }
        Ok(pattern)
    }

    /// Reads the pattern of a compiled rule, whose characters compilation has already checked.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (resource, action) = text.split_once(':')?;
        Some(Self {
            resource: Part::read(resource),
            action: Part::read(action),
        })
    }

    /// Whether the pattern matches this permission.
    pub fn matches(&self, permission: &Permission) -> bool {
        self.resource.matches(&permission.resource) && self.action.matches(&permission.action)
    }

    /// Whether this pattern matches every permission that `other` matches.
    pub fn contains(&self, other: &Pattern<'_>) -> bool {
        self.resource.contains(&other.resource) && self.action.contains(&other.action)
    }

    /// Whether both patterns match some permission.
    pub fn overlaps(&self, other: &Pattern<'_>) -> bool {
        self.resource.overlaps(&other.resource) && self.action.overlaps(&other.action)
    }
}

/// One part of a pattern: a whole name, or all names that begin with `stem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part<'a> {
    stem: &'a str,
    open: bool,
}

impl<'a> Part<'a> {
    fn read(text: &'a str) -> Self {
        match text.strip_suffix('*') {
            Some(stem) => Self { stem, open: true },
            None => Self {
                stem: text,
                open: false,
            },
        }
    }

    fn is_well_formed(&self) -> bool {
        if self.open {
            // The `*` counts towards the length: otherwise a stem could be as long as the longest
            // name and match only itself.
            self.stem.is_empty() || (is_name(self.stem) && self.stem.len() < MAX_PART)
        } else {
            is_name(self.stem)
        }
    }

    fn matches(&self, name: &str) -> bool {
        if self.open {
            name.starts_with(self.stem)
        } else {
            name == self.stem
        }
    }

    fn contains(&self, other: &Part<'_>) -> bool {
        self.matches(other.stem) && (self.open || !other.open)
    }

    fn overlaps(&self, other: &Part<'_>) -> bool {
        self.matches(other.stem) || other.matches(self.stem)
    }
}

fn is_name(text: &str) -> bool {
    let is_start = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= MAX_PART
        && text.bytes().next().is_some_and(is_start)
        && text
            .bytes()
            .all(|c| is_start(c) || matches!(c, b'.' | b'_' | b'/' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_permissions_without_wildcards() {
        let longest = "a".repeat(64);
        for text in [
            "a:b",
            "orders.eu/de:read-all_0",
            "0:9",
            &format!("{longest}:{longest}"),
        ] {
            assert_eq!(Permission::parse(text).unwrap().to_string(), text);
        }
        let too_long = format!("{longest}a:b");
        for text in [
            "", ":", "a", "a:", ":b", "a:b:c", "a b:c", "A:b", "a:B", "ä:b", ".a:b", "-a:b",
            "a:/b", "*:b", "a:*", "a*:b", "a:b\n", "a:b ", &too_long,
        ] {
            assert_eq!(Permission::parse(text), Err(MalformedPermission), "{text}");
        }
    }

    #[test]
    fn reads_patterns_with_a_wildcard_at_the_end_only() {
        let longest = format!("{}*:a", "a".repeat(63));
        for text in [
            "a:b",
            "*:*",
            "*:b",
            "a:*",
            "orders.*:read*",
            "a*:b",
            &longest,
        ] {
            assert!(Pattern::parse(text).is_ok(), "{text}");
            assert!(text == "a:b" || Permission::parse(text).is_err(), "{text}");
        }
        let too_long = format!("{}*:a", "a".repeat(64));
        for text in [
            "", "*", "**:a", "*a:b", "a*b:c", "a:*b", ".*:a", "a:b:*", "a:", "*:", "A*:b",
            &too_long,
        ] {
            assert_eq!(Pattern::parse(text), Err(MalformedPermission), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = (Permission::parse(&text), Pattern::parse(&text));
        }
    }
}
