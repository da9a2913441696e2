//! Which role inherits which.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Definition, Definitions};
use super::diagnostics::{Diagnostics, joined, quoted};

/// Roles that are inherited one from the next at most, the inheriting one not counted.
const MAX_DEPTH: usize = 32;

/// For each role the roles that it inherits itself, by their index.
pub(super) type Parents = Vec<Vec<usize>>;

/// The inheritance among `definitions`. Unknown roles, cycles and chains too long are diagnostics.
pub(super) fn check(definitions: &Definitions<'_>, diagnostics: &mut Diagnostics) -> Parents {
    let parents: Parents = definitions
        .roles
        .iter()
        .map(|role| parents_of(role, definitions, diagnostics))
        .collect();
    let layers = layers(&parents);
    // A role that inherits one of these is too deep as well; a diagnostic for each would bury the cause.
    let too_deep = layers.iter().skip(MAX_DEPTH).nth(1).into_iter().flatten();
    for role in too_deep.filter_map(|index| definitions.roles.get(*index)) {
        let reason = format!("inherits through more than {MAX_DEPTH} roles, one from the next");
        diagnostics.add(role.name.at, path(role), reason);
    }
    for cycle in cycles(&parents, &layers) {
        let roles: Vec<_> = cycle
            .iter()
            .filter_map(|role| definitions.roles.get(*role))
            .collect();
        refuse_cycle(&roles, diagnostics);
    }
    parents
}

fn parents_of(
    role: &Definition<'_>,
    definitions: &Definitions<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<usize> {
    let mut parents = Vec::new();
    for inherited in &role.inherits {
        match definitions.index_of(inherited.value) {
            Some(parent) => parents.push(parent),
            None => {
                let reason = format!("there is no role {}", quoted(inherited.value));
                diagnostics.add(inherited.at, path(role), reason);
            }
        }
    }
    parents
}

/// The roles by the longest chain that they inherit through: first those that inherit none, then
/// those that inherit only roles of that layer, and so on. A role in a cycle, or that inherits one, is in no layer.
fn layers(parents: &Parents) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); parents.len()];
    for (role, parents) in parents.iter().enumerate() {
        for parent in parents {
            children
                .get_mut(*parent)
                .into_iter()
                .for_each(|children| children.push(role));
        }
    }
    let mut missing: Vec<usize> = parents.iter().map(Vec::len).collect();
    let roots = missing
        .iter()
        .enumerate()
        .filter(|(_, missing)| **missing == 0);
    let mut layer: Vec<usize> = roots.map(|(role, _)| role).collect();
    let mut layers = Vec::new();
    while !layer.is_empty() {
        let mut next = Vec::new();
        for child in layer
            .iter()
            .filter_map(|role| children.get(*role))
            .flatten()
        {
            if let Some(missing) = missing.get_mut(*child) {
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    next.push(*child);
                }
            }
        }
        layers.push(layer);
        layer = next;
    }
    layers
}

/// One cycle out of each knot of roles that inherit each other.
fn cycles(parents: &Parents, layers: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let settled: BTreeSet<usize> = layers.iter().flatten().copied().collect();
    let is_knotted = |role: &usize| !settled.contains(role);
    let mut cycles = Vec::new();
    // The walk, by its first role, that came past a role.
    let mut passed_by = BTreeMap::new();
    for start in (0..parents.len()).filter(is_knotted) {
        let mut walk = Vec::new();
        let mut here = Some(start);
        while let Some(role) = here.filter(|role| !passed_by.contains_key(role)) {
            passed_by.insert(role, start);
            walk.push(role);
            // A knotted role inherits a knotted role: the walk ends only where one has been before.
            here = parents
                .get(role)
                .and_then(|parents| parents.iter().copied().find(is_knotted));
        }
        if let Some(role) = here.filter(|role| passed_by.get(role) == Some(&start)) {
            cycles.push(
                walk.into_iter()
                    .skip_while(|other| *other != role)
                    .collect(),
            );
        }
    }
    cycles
}

fn refuse_cycle(roles: &[&Definition<'_>], diagnostics: &mut Diagnostics) {
    let [first, rest @ ..] = roles else { return };
    let second = rest.first().unwrap_or(first);
    let stated = first
        .inherits
        .iter()
        .find(|inherited| inherited.value == second.name.value);
    let mut names: Vec<_> = roles
        .iter()
        .take(MAX_DEPTH)
        .map(|role| quoted(role.name.value))
        .collect();
    if roles.len() > MAX_DEPTH {
        names.push("…".to_owned());
    }
    names.push(quoted(first.name.value));
    let at = stated.map_or(first.name.at, |stated| stated.at);
    diagnostics.add(
        at,
        path(first),
        format!("inherits itself: {}", names.join(" -> ")),
    );
}

fn path(role: &Definition<'_>) -> String {
    joined(&joined("roles", role.name.value), "inherits")
}
