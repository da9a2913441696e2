//! Checks a policy: what the component refuses, and what the lints find.

use std::ops::Range;

use auth_rules::policy_file::{self, Fault};
use auth_runtime::{Decision, Engine, PolicyDiagnostic, PolicyFault, TextPosition};
use toml::de::DeTable;

use crate::catalogue;
use crate::document::Document;
use crate::finding::{Claim, Draft, Expected, Finding};
use crate::ignores;
use crate::lines::Lines;
use crate::lints;
use crate::subject::{Subject, nearest};
use crate::witness::Witness;

/// Why a policy could not be checked. It says nothing about the policy.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The component did not answer.
    #[error("the component failed: {0:#}")]
    Component(anyhow::Error),
    /// The component decided otherwise than a lint had found. This is a fault of the lint.
    #[error("{id} is wrong about `{permission}` for `{roles}`: please report it with the policy")]
    Disagreement {
        /// The lint.
        id: &'static str,
        /// The permission that was asked for.
        permission: String,
        /// The roles of the question.
        roles: String,
    },
}

impl From<auth_runtime::Error> for CheckError {
    fn from(error: auth_runtime::Error) -> Self {
        Self::Component(error.cause)
    }
}

/// Checks the text of a policy file. Returns all findings in the order of their place, without those
/// that a comment allows.
///
/// A policy that the component refuses, or whose routes are refused, has only those faults. Every claim that a lint
/// makes about a decision was put to the component as a question.
///
/// # Errors
/// When the component failed, or contradicts a lint.
pub fn check(engine: &Engine, text: &str) -> Result<Vec<Finding>, CheckError> {
    let of_routes = faults_of_routes(text);
    let compiled = match engine.compile_policy(text)? {
        Ok(compiled) if of_routes.is_empty() => compiled,
        Ok(_) => return Ok(of_routes),
        Err(diagnostics) => {
            let mut findings = refused(text, diagnostics);
            findings.extend(of_routes);
            findings.sort_by_key(|finding| finding.span.start);
            return Ok(findings);
        }
    };
    // The component has compiled this text, and this is the same code.
    let (Ok((settings, roles)), Ok(table)) = (policy_file::compile(text), DeTable::parse(text))
    else {
        return Ok(Vec::new());
    };
    let document = Document::read(table.get_ref());
    let drafts = lints::find(&Subject {
        document: &document,
        settings: &settings,
        roles: &roles,
    });
    let mut witness = Witness::new(engine, compiled)?;
    for draft in &drafts {
        for claim in &draft.claims {
            confirm(&mut witness, draft, claim)?;
        }
    }
    let mut findings: Vec<_> = drafts.into_iter().map(|draft| draft.finding).collect();
    ignores::apply(text, &mut findings);
    findings.sort_by_key(|finding| (finding.span.start, finding.lint.id));
    Ok(findings)
}

fn confirm(witness: &mut Witness, draft: &Draft, claim: &Claim) -> Result<(), CheckError> {
    let decision = witness.decide(&claim.roles, &claim.permission, claim.own)?;
    let is_so = match claim.expected {
        Expected::Allowed => matches!(decision, Some(Decision::Allowed(_))),
        Expected::NotAllowed => !matches!(decision, Some(Decision::Allowed(_))),
        Expected::Denied => matches!(decision, Some(Decision::Denied(_))),
    };
    if is_so {
        return Ok(());
    }
    Err(CheckError::Disagreement {
        id: draft.finding.lint.id,
        permission: claim.permission.clone(),
        roles: claim.roles.join(", "),
    })
}

fn refused(text: &str, diagnostics: Vec<PolicyDiagnostic>) -> Vec<Finding> {
    // A text that is no TOML has no roles to suggest.
    let table = DeTable::parse(text).ok();
    let document = table
        .as_ref()
        .map(|table| Document::read(table.get_ref()))
        .unwrap_or_default();
    let lines = Lines::of(text);
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let span = lines.byte(diagnostic.start)..lines.byte(diagnostic.end);
            let lint = catalogue::of_fault(diagnostic.fault);
            let draft = Draft::new(lint, span.clone(), diagnostic.path, diagnostic.reason);
            match suggestion(text, &document, diagnostic.fault, span) {
                Some(help) => draft.help(help).finding,
                None => draft.finding,
            }
        })
        .collect()
}

/// What is wrong with the routes, which the component leaves to the hosts that have requests.
fn faults_of_routes(text: &str) -> Vec<Finding> {
    // Of a text that is no TOML the component speaks.
    if DeTable::parse(text).is_err() {
        return Vec::new();
    }
    let lines = Lines::of(text);
    let diagnostics = policy_file::compile_routes(text).err().unwrap_or_default();
    let found = diagnostics.into_iter().map(|diagnostic| {
        let [start, end] = [diagnostic.start, diagnostic.end].map(|place| TextPosition {
            line: place.line,
            column: place.column,
        });
        let lint = catalogue::of_fault(fault(diagnostic.fault));
        let span = lines.byte(start)..lines.byte(end);
        Draft::new(lint, span, diagnostic.path, diagnostic.reason).finding
    });
    found.collect()
}

/// The same fault in the terms of the contract.
fn fault(fault: Fault) -> PolicyFault {
    match fault {
        Fault::NotToml => PolicyFault::NotToml,
        Fault::TooLarge => PolicyFault::TooLarge,
        Fault::UnknownKey => PolicyFault::UnknownKey,
        Fault::WrongType => PolicyFault::WrongType,
        Fault::ImpossibleValue => PolicyFault::ImpossibleValue,
        Fault::Contradiction => PolicyFault::Contradiction,
        Fault::MalformedName => PolicyFault::MalformedName,
        Fault::UnknownRole => PolicyFault::UnknownRole,
        Fault::InheritanceCycle => PolicyFault::InheritanceCycle,
        Fault::DeepInheritance => PolicyFault::DeepInheritance,
        Fault::ListedTwice => PolicyFault::ListedTwice,
        Fault::RegisteredAdministrator => PolicyFault::RegisteredAdministrator,
    }
}

fn suggestion(
    text: &str,
    document: &Document<'_>,
    fault: PolicyFault,
    span: Range<usize>,
) -> Option<String> {
    let given = text.get(span)?.trim_matches(['"', '\'']);
    match fault {
        PolicyFault::UnknownRole => {
            let names = document.roles.iter().map(|role| role.name.value);
            let near = nearest(given, names)?;
            Some(format!("did you mean `{near}`?"))
        }
        PolicyFault::ListedTwice => Some("remove one of the two".to_owned()),
        _ => None,
    }
}

/// The finding for a file that is not UTF-8 at these bytes.
#[must_use]
pub fn not_utf8(span: Range<usize>) -> Finding {
    let message = "the text is not UTF-8".to_owned();
    let draft = Draft::new(&catalogue::NOT_TOML, span, String::new(), message);
    draft.help("save the file as UTF-8").finding
}
