//! The policy file, `countersign.toml`: checked and compiled to settings and roles.
//!
//! Every key is explained in the `countersign.toml` at the root of the repository, which states the
//! defaults. The file is [TOML](https://toml.io).

mod compilation;
mod definition;
mod diagnostics;
mod inheritance;
mod nesting;
mod sections;
mod suggestion;
mod toml_reader;

use toml::de::DeTable;

use self::definition::Definitions;
pub use self::diagnostics::Diagnostic;
use self::diagnostics::Diagnostics;
use self::toml_reader::Table;
use crate::rbac::Role;
use crate::settings::Settings;

/// Bytes that a policy file has at most.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Bytes of a text in which each error of syntax is looked for. The parser keeps as many as there are
/// characters, so that a large text that is no TOML at all would fill the memory.
const MAX_RECOVERED: usize = 256 * 1024;

/// The settings and the roles, in order of name, that the text of a policy file means.
///
/// What the file does not state has its default; an empty text is the policy of all defaults.
/// A file without the table `[roles]` has the roles `admin` and `user`; a file with it has the roles
/// it defines and no others.
///
/// # Errors
///
/// Every diagnostic, in order of place, up to 1,000 of them. They are found in three steps, and a later one
/// is not begun when an earlier one fails: text that is no TOML (of more than 256 KiB, one diagnostic
/// only); keys, values, and which role inherits which; what roles come to. Besides what is wrong in
/// itself a policy is refused that is larger than 4 MiB or nests deeper than 32 tables or arrays, in which more than 32 roles inherit one from
/// the next, a role inherits more than 1,024 others or comes to more than 1,024 rules, or all roles
/// come to more than 500,000 rules and inherited roles.
pub fn compile(text: &str) -> Result<(Settings, Vec<Role>), Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    compile_into(text, &mut diagnostics).ok_or_else(|| diagnostics.located(text))
}

/// `None` when there are diagnostics.
fn compile_into(text: &str, diagnostics: &mut Diagnostics) -> Option<(Settings, Vec<Role>)> {
    let document = parse(text, diagnostics)?;
    let mut settings = Settings::default();
    let mut definitions = Definitions::default();
    Table::root(&document, diagnostics, |root| {
        let at = root.place("roles");
        root.table("roles", |table| {
            definitions = at.map_or_else(Definitions::default, |at| Definitions::read(table, at));
        });
        sections::read(root, &definitions, &mut settings);
    });
    let parents = inheritance::check(&definitions, diagnostics);
    if !diagnostics.is_empty() {
        return None;
    }
    let roles = compilation::compile(&definitions, &parents, diagnostics);
    diagnostics.is_empty().then_some((settings, roles))
}

/// The TOML of `text`.
fn parse<'text>(text: &'text str, diagnostics: &mut Diagnostics) -> Option<DeTable<'text>> {
    if text.len() > MAX_TEXT {
        diagnostics.add(0, "", format!("the policy is larger than {MAX_TEXT} bytes"));
        return None;
    }
    if let Some(at) = nesting::too_deep(text) {
        let reason = format!("nests deeper than {} tables or arrays", nesting::MAX_DEPTH);
        diagnostics.add(at, "", reason);
        return None;
    }
    let errors = match DeTable::parse(text) {
        Ok(document) => return Some(document.into_inner()),
        Err(_) if text.len() <= MAX_RECOVERED => DeTable::parse_recoverable(text).1,
        Err(error) => vec![error],
    };
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        diagnostics.add(at, "", error.message());
    }
    None
}

#[cfg(test)]
mod tests;
