//! Compiles each role together with the rules that it inherits.

use std::collections::BTreeSet;

use super::definition::{Definition, Definitions};
use super::diagnostics::{Diagnostics, Fault, joined};
use super::inheritance::Parents;
use crate::rbac::{Effect, Role, Rule};

/// The most roles that one role may inherit, directly and indirectly.
const MAX_INHERITED: usize = 1_024;

/// The most rules that one role may have, including inherited ones.
const MAX_RULES: usize = 1_024;

/// The most rules and inherited roles that all roles together may have, since each role traces and
/// copies what it inherits.
const MAX_IN_ALL: usize = 500_000;

/// Compiles each role with its own rules and those it inherits. A role that is too large becomes a
/// diagnostic.
pub(super) fn compile(
    definitions: &Definitions<'_>,
    parents: &Parents,
    diagnostics: &mut Diagnostics,
) -> Vec<Role> {
    let mut roles = Vec::with_capacity(definitions.roles.len());
    let mut in_all = 0_usize;
    for (index, role) in definitions.roles.iter().enumerate() {
        let lineage = Lineage::trace(index, definitions, parents);
        in_all = in_all
            .saturating_add(lineage.inherited())
            .saturating_add(lineage.rule_count());
        if let Some(reason) = lineage.excess() {
            let path = joined("roles", role.name.value);
            diagnostics.add(role.name.at, Fault::TooLarge, path, reason);
        } else if in_all > MAX_IN_ALL {
            let reason = format!(
                "the roles up to this one come to more than {MAX_IN_ALL} rules and inherited roles"
            );
            let path = joined("roles", role.name.value);
            diagnostics.add(role.name.at, Fault::TooLarge, path, reason);
            break;
        } else {
            roles.push(lineage.compile(role.name.value));
        }
    }
    roles
}

/// A role and the roles that it inherits, each once, the nearest first.
struct Lineage<'a, 'doc>(Vec<Ancestor<'a, 'doc>>);

struct Ancestor<'a, 'doc> {
    role: &'a Definition<'doc>,
    /// The index in the lineage of the role through which this one was reached; for the first role,
    /// its own index.
    heir: usize,
}

impl<'a, 'doc> Lineage<'a, 'doc> {
    /// Traces the lineage breadth first, so that each role is reached by a shortest path.
    fn trace(start: usize, definitions: &'a Definitions<'doc>, parents: &Parents) -> Self {
        let mut found = vec![(start, 0)];
        // Inserted one by one: `BTreeSet::from` would bring the code of a sort into the component.
        let mut seen = BTreeSet::new();
        seen.insert(start);
        let mut place = 0_usize;
        while let Some((role, _)) = found.get(place).copied() {
            let inherited = parents.get(role).into_iter().flatten();
            found.extend(
                inherited
                    .filter(|role| seen.insert(**role))
                    .map(|role| (*role, place)),
            );
            // There are too many; how many does not matter.
            if found.len() > MAX_INHERITED.saturating_add(1) {
                break;
            }
            place = place.saturating_add(1);
        }
        let ancestor = |(role, heir)| {
            Some(Ancestor {
                role: definitions.roles.get(role)?,
                heir,
            })
        };
        Self(found.into_iter().filter_map(ancestor).collect())
    }

    fn inherited(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn rule_count(&self) -> usize {
        self.0
            .iter()
            .map(|ancestor| ancestor.role.statements.len())
            .sum()
    }

    /// Why the role is too large; `None` when it is not.
    fn excess(&self) -> Option<String> {
        if self.inherited() > MAX_INHERITED {
            return Some(format!("inherits more than {MAX_INHERITED} roles"));
        }
        (self.rule_count() > MAX_RULES)
            .then(|| format!("comes to more than {MAX_RULES} rules with what it inherits"))
    }

    fn compile(&self, name: &str) -> Role {
        let mut rules = Vec::with_capacity(self.rule_count());
        for (place, ancestor) in self.0.iter().enumerate() {
            let via = self.path_to(place);
            rules.extend(ancestor.role.statements.iter().map(|statement| Rule {
                effect: statement.effect,
                permission: statement.permission.to_owned(),
                own: statement.own,
                via: via.clone(),
            }));
        }
        // Within each effect the rules of the nearest role stay first.
        let (mut rules, allowances): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .partition(|rule: &Rule| rule.effect == Effect::Deny);
        rules.extend(allowances);
        Role {
            name: name.to_owned(),
            rules,
        }
    }

    /// The names of the roles on the path from the first role to the one at `place`.
    fn path_to(&self, mut place: usize) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(ancestor) = self.0.get(place) {
            path.push(ancestor.role.name.value.to_owned());
            if place == 0 {
                break;
            }
            place = ancestor.heir;
        }
        path.reverse();
        path
    }
}
