//! Finds, among many patterns of permissions, those that contain or overlap a given one, without
//! comparing it with each.
//!
//! A pattern that contains another has the same parts or shorter beginnings of them, and there are
//! few of those.

use std::collections::{BTreeMap, HashMap};

/// One part of a pattern: a whole name, or a beginning and `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Part<'a> {
    pub(crate) stem: &'a str,
    pub(crate) open: bool,
}

impl<'a> Part<'a> {
    pub(crate) fn read(text: &'a str) -> Self {
        match text.strip_suffix('*') {
            Some(stem) => Self { stem, open: true },
            None => Self {
                stem: text,
                open: false,
            },
        }
    }

    /// All parts that contain this one, itself first.
    fn containing(self) -> impl Iterator<Item = Self> {
        let itself = (!self.open).then_some(self);
        // Patterns are ASCII, so each length is a boundary of characters.
        let shorter = (0..=self.stem.len()).rev().filter_map(move |length| {
            let stem = self.stem.get(..length)?;
            Some(Self { stem, open: true })
        });
        itself.into_iter().chain(shorter)
    }

    pub(crate) fn matches(self, name: &str) -> bool {
        if self.open {
            name.starts_with(self.stem)
        } else {
            name == self.stem
        }
    }

    fn overlaps(self, other: Self) -> bool {
        self.matches(other.stem) || other.matches(self.stem)
    }
}

/// Splits a pattern of a compiled policy into resource and action.
pub(crate) fn parts(pattern: &str) -> (Part<'_>, Part<'_>) {
    let (resource, action) = pattern.split_once(':').unwrap_or((pattern, ""));
    (Part::read(resource), Part::read(action))
}

/// Patterns, each with a value.
pub(crate) struct PatternIndex<'a, T> {
    by_resource: HashMap<Part<'a>, HashMap<Part<'a>, Vec<T>>>,
}

impl<T> Default for PatternIndex<'_, T> {
    fn default() -> Self {
        Self {
            by_resource: HashMap::new(),
        }
    }
}

impl<'a, T> PatternIndex<'a, T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_resource.is_empty()
    }

    pub(crate) fn add(&mut self, pattern: &'a str, value: T) {
        let (resource, action) = parts(pattern);
        let by_action = self.by_resource.entry(resource).or_default();
        by_action.entry(action).or_default().push(value);
    }

    /// The values of all patterns that contain this one, itself among them.
    pub(crate) fn containing(&self, pattern: &'a str) -> impl Iterator<Item = &T> {
        let (resource, action) = parts(pattern);
        let by_action = resource
            .containing()
            .filter_map(|resource| self.by_resource.get(&resource));
        by_action.flat_map(move |by_action| {
            action
                .containing()
                .filter_map(|action| by_action.get(&action))
                .flatten()
        })
    }
}

/// Patterns, to ask whether one of them overlaps another.
#[derive(Default)]
pub(crate) struct OverlapIndex<'a> {
    by_stem: BTreeMap<&'a str, Vec<(Part<'a>, Part<'a>)>>,
}

impl<'a> OverlapIndex<'a> {
    pub(crate) fn add(&mut self, pattern: &'a str) {
        let (resource, action) = parts(pattern);
        let entries = self.by_stem.entry(resource.stem).or_default();
        entries.push((resource, action));
    }

    pub(crate) fn overlaps(&self, pattern: &str) -> bool {
        let (resource, action) = parts(pattern);
        let meets = |entries: &[(Part<'_>, Part<'_>)]| {
            entries
                .iter()
                .any(|(theirs, act)| theirs.overlaps(resource) && act.overlaps(action))
        };
        let mut shorter =
            (0..=resource.stem.len()).filter_map(|length| resource.stem.get(..length));
        if shorter.any(|stem| self.by_stem.get(stem).is_some_and(|entries| meets(entries))) {
            return true;
        }
        let longer = self.by_stem.range(resource.stem..);
        resource.open
            && longer
                .take_while(|(stem, _)| stem.starts_with(resource.stem))
                .any(|(_, entries)| meets(entries))
    }
}

#[cfg(test)]
mod tests {
    use auth_rules::rbac::Pattern;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_comparing_with_each_finds(
            patterns in proptest::collection::vec("[ab]{0,2}\\*?:[ab]{0,2}\\*?", 1..12),
            asked in "[ab]{0,2}\\*?:[ab]{0,2}\\*?",
        ) {
            let patterns: Vec<_> = patterns.iter().filter_map(|text| {
                Some((text.as_str(), Pattern::parse(text).ok()?))
            }).collect();
            let Ok(pattern) = Pattern::parse(&asked) else { return Ok(()) };
            let mut index = PatternIndex::default();
            let mut overlaps = OverlapIndex::default();
            for (text, _) in &patterns {
                index.add(text, *text);
                overlaps.add(text);
            }
            let mut found: Vec<_> = index.containing(&asked).copied().collect();
            let mut expected: Vec<_> = patterns.iter()
                .filter(|(_, wider)| wider.contains(&pattern))
                .map(|(text, _)| *text)
                .collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
            let expected = patterns.iter().any(|(_, other)| other.overlaps(&pattern));
            prop_assert_eq!(overlaps.overlaps(&asked), expected);
        }
    }
}
