//! A change of decisions, for a class of permissions.

use std::collections::HashMap;

use auth_runtime::Decision;

use crate::pattern_index::{Part, PatternIndex};

/// What one role alone decides about a permission. A later one gives more than an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// A rule denies it, and no other role can allow it.
    Denied,
    /// No rule of the role matches it.
    Unmatched,
    /// A rule allows it.
    Allowed,
}

impl Verdict {
    /// What the component decided. It gives no decision about a malformed permission, which nothing
    /// allows.
    pub(crate) fn of(decision: &Option<Decision>) -> Self {
        match decision {
            Some(Decision::Allowed(_)) => Self::Allowed,
            Some(Decision::Denied(_)) => Self::Denied,
            Some(Decision::Unmatched) | None => Self::Unmatched,
        }
    }
}

/// Whose resources a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Everybody's.
    Anybody,
    /// Those of the subject only.
    Subject,
    /// Those of others only.
    Other,
}

/// A class of permissions that a role decides otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The class, as a pattern. Permissions with an entry of their own are not of it.
    pub permissions: String,
    /// The permissions within the pattern that are decided as before.
    pub except: Vec<String>,
    /// A permission of the class. The component confirmed the change for it.
    pub witness: String,
    /// Whose resources it is about.
    pub owner: Owner,
    /// The decision of the old policy, or of the other build.
    pub before: Verdict,
    /// The decision of the new policy, or of this build.
    pub after: Verdict,
}

impl Change {
    /// Whether the later decision gives more.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.after > self.before
    }
}

/// A decision before and after.
pub(crate) type Verdicts = (Verdict, Verdict);

/// The classes of permissions that were compared.
#[derive(Default)]
pub(crate) struct Compared {
    changes: Vec<Change>,
    unchanged: Vec<String>,
}

impl Compared {
    /// Adds a class of permissions, with what is decided of its example: on what the subject owns, and on
    /// what others own.
    pub(crate) fn add(
        &mut self,
        class: (Part<'_>, Part<'_>),
        example: &str,
        own: Verdicts,
        others: Verdicts,
    ) {
        let changes = differences(own, others, class, example);
        if changes.is_empty() {
            self.unchanged.push(shown(class));
        }
        self.changes.extend(changes);
    }

    /// The changes, of which none is a special case of another.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        let mut changes = without_special_cases(self.changes);
        note_exceptions(&mut changes, &self.unchanged);
        changes
    }
}

fn differences(
    own: Verdicts,
    others: Verdicts,
    class: (Part<'_>, Part<'_>),
    witness: &str,
) -> Vec<Change> {
    let change = |owner, (before, after)| Change {
        permissions: shown(class),
        except: Vec::new(),
        witness: witness.to_owned(),
        owner,
        before,
        after,
    };
    let changes = if own == others {
        vec![change(Owner::Anybody, own)]
    } else {
        vec![change(Owner::Subject, own), change(Owner::Other, others)]
    };
    changes
        .into_iter()
        .filter(|change| change.before != change.after)
        .collect()
}

fn shown((resource, action): (Part<'_>, Part<'_>)) -> String {
    let star = |part: Part<'_>| if part.open { "*" } else { "" };
    format!(
        "{}{}:{}{}",
        resource.stem,
        star(resource),
        action.stem,
        star(action)
    )
}

/// Adds to each change the classes within its pattern that did not change.
fn note_exceptions(changes: &mut [Change], unchanged: &[String]) {
    let patterns: Vec<_> = changes
        .iter()
        .map(|change| change.permissions.clone())
        .collect();
    let mut index: PatternIndex<'_, usize> = PatternIndex::default();
    for (place, pattern) in patterns.iter().enumerate() {
        index.add(pattern, place);
    }
    for class in unchanged {
        for place in index.containing(class) {
            if let Some(change) = changes.get_mut(*place) {
                change.except.push(class.clone());
            }
        }
    }
}

/// Leaves out a change that a change of a wider class says already.
fn without_special_cases(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|a, b| a.permissions.cmp(&b.permissions));
    let kept: Vec<bool> = {
        let mut wider: HashMap<_, PatternIndex<'_, &str>> = HashMap::new();
        for change in &changes {
            let index = wider
                .entry((change.owner, change.before, change.after))
                .or_default();
            index.add(&change.permissions, &change.permissions);
        }
        let is_kept = |change: &Change| {
            let index = wider.get(&(change.owner, change.before, change.after));
            index.is_none_or(|index| {
                index
                    .containing(&change.permissions)
                    .all(|other| *other == change.permissions)
            })
        };
        changes.iter().map(is_kept).collect()
    };
    let kept = changes.into_iter().zip(kept).filter(|(_, kept)| *kept);
    kept.map(|(change, _)| change).collect()
}
