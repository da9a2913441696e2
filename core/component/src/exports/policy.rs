//! Implements the export `policy`: compiles the policy file.

use auth_rules::policy_file;

use crate::Component;
use crate::bindings::exports::countersign::auth::policy::{
    CompiledPolicy, Diagnostic, Fault, Guest, Position,
};
use crate::imports::convert;

impl Guest for Component {
    fn compile(text: String) -> Result<CompiledPolicy, Vec<Diagnostic>> {
        match policy_file::compile(&text) {
            Ok((settings, roles)) => Ok(CompiledPolicy {
                settings: convert::settings_to_wit(settings),
                roles: roles.into_iter().map(convert::role_to_wit).collect(),
            }),
            Err(diagnostics) => Err(diagnostics.into_iter().map(diagnostic).collect()),
        }
    }
}

fn diagnostic(diagnostic: policy_file::Diagnostic) -> Diagnostic {
    Diagnostic {
        fault: fault(diagnostic.fault),
        start: position(diagnostic.start),
        end: position(diagnostic.end),
        path: diagnostic.path,
        reason: diagnostic.reason,
    }
}

fn position(position: policy_file::Position) -> Position {
    Position {
        line: position.line,
        column: position.column,
    }
}

fn fault(fault: policy_file::Fault) -> Fault {
    match fault {
        policy_file::Fault::NotToml => Fault::NotToml,
        policy_file::Fault::TooLarge => Fault::TooLarge,
        policy_file::Fault::UnknownKey => Fault::UnknownKey,
        policy_file::Fault::WrongType => Fault::WrongType,
        policy_file::Fault::ImpossibleValue => Fault::ImpossibleValue,
        policy_file::Fault::Contradiction => Fault::Contradiction,
        policy_file::Fault::MalformedName => Fault::MalformedName,
        policy_file::Fault::UnknownRole => Fault::UnknownRole,
        policy_file::Fault::InheritanceCycle => Fault::InheritanceCycle,
        policy_file::Fault::DeepInheritance => Fault::DeepInheritance,
        policy_file::Fault::ListedTwice => Fault::ListedTwice,
        policy_file::Fault::RegisteredAdministrator => Fault::RegisteredAdministrator,
    }
}
