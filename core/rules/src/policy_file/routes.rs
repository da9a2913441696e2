//! Reads the route map of a policy file, for hosts that have requests. The component leaves it out.

use toml::de::DeTable;

use super::diagnostics::{Diagnostics, Fault, Span, quoted};
use super::toml_reader::{Table, Text};
use crate::rbac::Permission;
use crate::route_map::{Demand, Methods, PathPattern, Route, RouteMap};

/// The most routes of a policy, since each is compared with every other.
const MAX_ROUTES: usize = 1_000;

/// The words of `access`, each with the demand that it stands for.
const ACCESS: [(&str, Access); 2] = [("public", Access::Public), ("token", Access::Token)];

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Unstated,
    Public,
    Token,
}

/// A route with the path as the file states it.
struct Stated<'doc> {
    index: usize,
    path: Text<'doc>,
    route: Route,
}

/// Reads the tables `[[routes]]`, and adds what is wrong to `diagnostics`.
pub(super) fn read<'doc>(document: &'doc DeTable<'doc>, diagnostics: &mut Diagnostics) -> RouteMap {
    let mut stated = Vec::new();
    let mut index = 0_usize;
    Table::each_of_array(document, "routes", diagnostics, |at, table| {
        if index == MAX_ROUTES {
            let reason = format!("there are more than {MAX_ROUTES} routes");
            table.refuse(at, Fault::TooLarge, "path", reason);
        } else if index < MAX_ROUTES {
            stated.extend(route(index, at, table));
        }
        index = index.saturating_add(1);
    });
    refuse_conflicts(&stated, diagnostics);
    RouteMap::new(stated.into_iter().map(|stated| stated.route).collect())
}

fn route<'doc>(index: usize, at: Span, table: &mut Table<'doc, '_>) -> Option<Stated<'doc>> {
    let path = table.text("path");
    let pattern = path.and_then(|path| match PathPattern::parse(path.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let reason = format!("{} {error}", quoted(path.value));
            table.refuse(path.at, Fault::MalformedName, "path", reason);
            None
        }
    });
    if table.place("path").is_none() {
        table.refuse(at, Fault::ImpossibleValue, "path", "must be stated");
    }
    let methods = methods(table);
    let demand = demand(at, table);
    Some(Stated {
        index,
        path: path?,
        route: Route {
            methods,
            path: pattern?,
            demand: demand?,
        },
    })
}

fn methods(table: &mut Table<'_, '_>) -> Methods {
    let Some(stated) = table.texts("methods") else {
        return Methods::All;
    };
    if let (true, Some(at)) = (stated.is_empty(), table.place("methods")) {
        let reason = "names no method, so no request would match; leave it out for all methods";
        table.refuse(at, Fault::ImpossibleValue, "methods", reason);
    }
    for method in &stated {
        let is_letter = |c: u8| c.is_ascii_uppercase() || c == b'-';
        if method.value.is_empty() || !method.value.bytes().all(is_letter) {
            let reason = format!("{} is not a method in upper case", quoted(method.value));
            table.refuse(method.at, Fault::MalformedName, "methods", reason);
        }
    }
    Methods::Only(
        stated
            .iter()
            .map(|method| method.value.to_owned())
            .collect(),
    )
}

fn demand(at: Span, table: &mut Table<'_, '_>) -> Option<Demand> {
    let permission = table.text("permission");
    let access = table.choice("access", &ACCESS, Access::Unstated)?;
    match (permission, access) {
        (Some(permission), Access::Unstated) => {
            if let Err(error) = Permission::parse(permission.value) {
                let reason = format!("{} {error}", quoted(permission.value));
                table.refuse(permission.at, Fault::MalformedName, "permission", reason);
            }
            Some(Demand::Permission(permission.value.to_owned()))
        }
        (Some(permission), _) => {
            let reason = "contradicts `access`: a route states one of the two";
            table.refuse(permission.at, Fault::Contradiction, "permission", reason);
            None
        }
        (None, Access::Public) => Some(Demand::Nothing),
        (None, Access::Token) => Some(Demand::Token),
        (None, Access::Unstated) => {
            if table.place("permission").is_none() {
                let reason = "must be stated, or else `access`, which is `public` or `token`";
                table.refuse(at, Fault::ImpossibleValue, "permission", reason);
            }
            None
        }
    }
}

fn refuse_conflicts(stated: &[Stated<'_>], diagnostics: &mut Diagnostics) {
    for (count, route) in stated.iter().enumerate() {
        let mut before = stated.iter().take(count);
        let Some(other) = before.find(|other| other.route.conflicts(&route.route)) else {
            continue;
        };
        let reason = format!(
            "overlaps {} of routes[{}], and neither route is the narrower one: a request must have \
             one demand",
            quoted(other.path.value),
            other.index
        );
        let path = format!("routes[{}].path", route.index);
        diagnostics.add(route.path.at, Fault::Contradiction, path, reason);
    }
}
