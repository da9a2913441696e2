//! Checks which role inherits which.

use super::definition::{Definition, Definitions};
use super::diagnostics::{Diagnostics, Fault, joined, quoted};

/// The longest chain of roles that inherit one from the next, not counting the role that inherits
/// them all.
const MAX_DEPTH: usize = 32;

/// For each role, the indexes of the roles that it inherits directly.
pub(super) type Parents = Vec<Vec<usize>>;

/// Reads the inheritance among `definitions`. Unknown roles, cycles and chains that are too long
/// become diagnostics.
pub(super) fn check(definitions: &Definitions<'_>, diagnostics: &mut Diagnostics) -> Parents {
    let parents: Parents = definitions
        .roles
        .iter()
        .map(|role| parents_of(role, definitions, diagnostics))
        .collect();
    let layers = layers(&parents);
    // Roles that inherit one of these are too deep as well, but a diagnostic for each would hide
    // the cause.
    let too_deep = layers.iter().skip(MAX_DEPTH).nth(1).into_iter().flatten();
    for role in too_deep.filter_map(|index| definitions.roles.get(*index)) {
        let reason = format!("inherits through more than {MAX_DEPTH} roles, one from the next");
        diagnostics.add(role.name.at, Fault::DeepInheritance, path(role), reason);
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
                diagnostics.add(inherited.at, Fault::UnknownRole, path(role), reason);
            }
        }
    }
    parents
}

/// Sorts the roles into layers by the length of the longest chain that they inherit through. The
/// first layer has the roles that inherit none, the next one those that inherit only roles of the
/// first, and so on. A role that is in a cycle, or inherits a role that is, gets no layer.
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

/// Finds one cycle in each group of roles that inherit one another.
fn cycles(parents: &Parents, layers: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut knotted = vec![true; parents.len()];
    for role in layers.iter().flatten() {
        if let Some(knotted) = knotted.get_mut(*role) {
            *knotted = false;
        }
    }
    let is_knotted = |role: &usize| knotted.get(*role) == Some(&true);
    let mut cycles = Vec::new();
    // For each role that a walk has visited, the role at which that walk started.
    let mut passed_by = vec![None; parents.len()];
    for start in (0..parents.len()).filter(is_knotted) {
        let mut walk = Vec::new();
        let mut here = Some(start);
        while let Some(role) = here.filter(|role| passed_by.get(*role) == Some(&None)) {
            if let Some(passed_by) = passed_by.get_mut(role) {
                *passed_by = Some(start);
            }
            walk.push(role);
            // Each role outside the layers inherits another one, so the walk ends only at a role
            // that was visited before.
            here = parents
                .get(role)
                .and_then(|parents| parents.iter().copied().find(is_knotted));
        }
        if let Some(role) = here.filter(|role| passed_by.get(*role) == Some(&Some(start))) {
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
    let reason = format!("inherits itself: {}", names.join(" -> "));
    diagnostics.add(at, Fault::InheritanceCycle, path(first), reason);
}

fn path(role: &Definition<'_>) -> String {
    joined(&joined("roles", role.name.value), "inherits")
}
