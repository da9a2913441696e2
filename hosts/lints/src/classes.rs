//! Divides all permissions into finitely many classes that no rule of a policy can tell apart.
//!
//! A pattern names resources and actions by a whole name or by a beginning. So two names are alike to
//! all rules when no rule has either as a whole name, and the longest beginning that covers the one
//! covers the other. One example decides for its whole class; comparing examples is exact.

use std::collections::BTreeSet;

use crate::pattern_index::{Part, parts};

/// The most characters of a name.
const MAX_NAME: usize = 64;

/// Resources, or actions, as the rules of a policy name them.
#[derive(Default)]
pub(crate) struct Names<'a> {
    whole: BTreeSet<&'a str>,
    beginnings: BTreeSet<&'a str>,
}

/// A class of names, with an example of it.
pub(crate) struct Class<'a> {
    pub(crate) part: Part<'a>,
    pub(crate) example: String,
}

impl<'a> Names<'a> {
    pub(crate) fn add(&mut self, part: Part<'a>) {
        let set = if part.open {
            &mut self.beginnings
        } else {
            &mut self.whole
        };
        set.insert(part.stem);
    }

    /// The classes of all names that some rule covers. A beginning is the class of the names that
    /// begin so and that no other class has.
    pub(crate) fn classes(&self) -> impl Iterator<Item = Class<'a>> {
        let whole = self.whole.iter().map(|stem| Part { stem, open: false });
        let beginnings = self.beginnings.iter().map(|stem| Part { stem, open: true });
        whole.chain(beginnings).filter_map(|part| {
            let example = self.example(part)?;
            Some(Class { part, example })
        })
    }

    /// A name of the class of this part; `None` when other classes have all its names.
    pub(crate) fn example(&self, part: Part<'_>) -> Option<String> {
        if !part.open {
            return Some(part.stem.to_owned());
        }
        let letters = || ('a'..='z').rev().chain('0'..='9');
        // `x` first, which no reader takes for a name.
        let one = ['x']
            .into_iter()
            .chain(letters())
            .map(|a| format!("{}{a}", part.stem));
        let two = letters().flat_map(|a| letters().map(move |b| [a, b]));
        let two = two.map(|[a, b]| format!("{}{a}{b}", part.stem));
        let itself = (!part.stem.is_empty()).then(|| part.stem.to_owned());
        one.chain(two)
            .chain(itself)
            .find(|name| self.is_of(name, part))
    }

    fn is_of(&self, name: &str, part: Part<'_>) -> bool {
        let longer = (part.stem.len() + 1..=name.len()).filter_map(|length| name.get(..length));
        name.len() <= MAX_NAME
            && !self.whole.contains(name)
            && !longer
                .into_iter()
                .any(|stem| self.beginnings.contains(stem))
    }
}

/// The names in these patterns: of resources, and of actions.
pub(crate) fn names<'a>(patterns: impl IntoIterator<Item = &'a str>) -> (Names<'a>, Names<'a>) {
    let (mut resources, mut actions) = (Names::default(), Names::default());
    for pattern in patterns {
        let (resource, action) = parts(pattern);
        resources.add(resource);
        actions.add(action);
    }
    (resources, actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_of_its_class_alone() {
        let patterns = ["orders:*", "orders.*:read", "orders.x:r*", "*:*"];
        let (resources, actions) = names(patterns);
        let shown = |names: &Names<'_>| {
            let class = |class: Class<'_>| {
                format!(
                    "{}{} {}",
                    class.part.stem,
                    if class.part.open { "*" } else { "" },
                    class.example
                )
            };
            names.classes().map(class).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&resources),
            [
                "orders orders",
                "orders.x orders.x",
                "* x",
                "orders.* orders.z"
            ]
        );
        assert_eq!(shown(&actions), ["read read", "* x", "r* rx"]);
    }

    #[test]
    fn a_class_that_others_have_all_of_has_no_example() {
        let longest = format!("{}*", "a".repeat(63));
        let mut names = Names::default();
        names.add(Part::read(&longest));
        assert_eq!(
            names.example(Part::read(&longest)),
            Some(format!("{}x", "a".repeat(63)))
        );
        let others: Vec<_> = ('a'..='z')
            .chain('0'..='9')
            .map(|c| format!("{}{c}", "a".repeat(63)))
            .collect();
        others.iter().for_each(|name| names.add(Part::read(name)));
        assert_eq!(names.example(Part::read(&longest)), Some("a".repeat(63)));
        let itself = "a".repeat(63);
        names.add(Part::read(&itself));
        assert_eq!(names.example(Part::read(&longest)), None);
    }
}
