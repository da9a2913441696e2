//! Checks the policy file, `countersign.toml`, and compiles it to settings and roles.
//!
//! The `countersign.toml` at the root of the repository explains every key and states the defaults.
//! The format is [TOML](https://toml.io).

mod compilation;
mod definition;
mod diagnostics;
mod inheritance;
mod nesting;
mod routes;
mod sections;
mod suggestion;
mod toml_reader;

use toml::de::DeTable;

use self::definition::Definitions;
pub use self::diagnostics::{Diagnostic, Fault, Position};
use self::diagnostics::{Diagnostics, Span, quoted};
use self::toml_reader::{Table, Text};
use crate::rbac::{Role, administers};
use crate::route_map::RouteMap;
use crate::settings::Settings;

/// The largest size of a policy file, in bytes.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The largest text, in bytes, in which every syntax error is looked for. The parser may keep one
/// error for each character, so a large text that is not TOML would fill the memory.
const MAX_RECOVERED: usize = 256 * 1024;

/// Compiles the text of a policy file to settings and roles, the roles in order of name.
///
/// A setting that the file does not state has its default; an empty text is a policy of defaults
/// only. A file without the table `[roles]` has the roles `admin` and `user`; a file with it has
/// only the roles that it defines.
///
/// # Errors
///
/// Returns every diagnostic, in the order of their place, up to 1,000 of them. There are three
/// steps, and each runs only if the one before found nothing:
///
/// 1. syntax, where a text of more than 256 KiB gets one diagnostic only;
/// 2. keys, values, and which role inherits which;
/// 3. the number of rules and inherited roles of each role, and whether a role that registration gives
///    may administer accounts.
///
/// A policy is also refused when it is larger than 4 MiB, when it nests more than 32 tables or
/// arrays, when more than 32 roles inherit one from the next, when a role inherits more than 1,024
/// others or has more than 1,024 rules, its inherited ones included, or when all roles together
/// have more than 500,000 rules and inherited roles.
pub fn compile(text: &str) -> Result<(Settings, Vec<Role>), Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    compile_into(text, &mut diagnostics).ok_or_else(|| diagnostics.located(text))
}

/// Compiles the route map of a policy file, its tables `[[routes]]`; an empty one where there are none.
/// It judges nothing else of the text, which [`compile`] does.
///
/// # Errors
///
/// Returns every diagnostic about the routes, as [`compile`] does. Two routes are refused where some
/// request matches both and neither is the narrower one, and so are more than 1,000 routes.
pub fn compile_routes(text: &str) -> Result<RouteMap, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    let map =
        parse(text, &mut diagnostics).map(|document| routes::read(&document, &mut diagnostics));
    match map {
        Some(map) if diagnostics.is_empty() => Ok(map),
        _ => Err(diagnostics.located(text)),
    }
}

/// Compiles the text, and adds what is wrong to `diagnostics`; `None` when it added any.
fn compile_into(text: &str, diagnostics: &mut Diagnostics) -> Option<(Settings, Vec<Role>)> {
    let document = parse(text, diagnostics)?;
    let mut settings = Settings::default();
    let mut definitions = Definitions::default();
    let mut registered = Vec::new();
    Table::root(&document, diagnostics, |root| {
        let at = root.place("roles");
        root.table("roles", |table| {
            definitions = at.map_or_else(Definitions::default, |at| Definitions::read(table, at));
        });
        registered = sections::read(root, &definitions, &mut settings);
        // Of no concern to a decision: `compile_routes` reads them, for hosts that have requests.
        root.skip("routes");
    });
    let parents = inheritance::check(&definitions, diagnostics);
    if !diagnostics.is_empty() {
        return None;
    }
    let roles = compilation::compile(&definitions, &parents, diagnostics);
    for (name, at) in places(&settings.registration.roles, &registered, definitions.at) {
        refuse_administration(name, at, &roles, diagnostics);
    }
    diagnostics.is_empty().then_some((settings, roles))
}

/// The roles that a registration gives, each with its place in the file. A default one has the place
/// of the roles.
fn places<'a>(
    roles: &'a [String],
    stated: &'a [Text<'_>],
    default: Span,
) -> impl Iterator<Item = (&'a str, Span)> {
    roles.iter().enumerate().map(move |(index, role)| {
        let at = stated.get(index).map_or(default, |text| text.at);
        (role.as_str(), at)
    })
}

/// Refuses a role that would make an administrator of everybody who registers.
fn refuse_administration(name: &str, at: Span, roles: &[Role], diagnostics: &mut Diagnostics) {
    let role = roles.iter().find(|role| role.name == name);
    if role.is_some_and(administers) {
        let reason = format!(
            "{} may administer accounts, so everybody who registers would be an administrator",
            quoted(name)
        );
        let fault = Fault::RegisteredAdministrator;
        diagnostics.add(at, fault, "registration.roles".to_owned(), reason);
    }
}

/// Parses `text` as TOML.
fn parse<'text>(text: &'text str, diagnostics: &mut Diagnostics) -> Option<DeTable<'text>> {
    if text.len() > MAX_TEXT {
        let reason = format!("the policy is larger than {MAX_TEXT} bytes");
        diagnostics.add(Span::default(), Fault::TooLarge, String::new(), reason);
        return None;
    }
    if let Some(at) = nesting::too_deep(text) {
        let reason = format!("nests deeper than {} tables or arrays", nesting::MAX_DEPTH);
        diagnostics.add(at.into(), Fault::TooLarge, String::new(), reason);
        return None;
    }
    let errors = match DeTable::parse(text) {
        Ok(document) => return Some(document.into_inner()),
        Err(_) if text.len() <= MAX_RECOVERED => DeTable::parse_recoverable(text).1,
        Err(error) => vec![error],
    };
    for error in errors {
        let at = error.span().map_or_else(Span::default, Span::from);
        diagnostics.add(
            at,
            Fault::NotToml,
            String::new(),
            error.message().to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests;
