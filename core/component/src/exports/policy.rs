//! Implements the export `policy`: compiles the policy file.

use auth_rules::policy_file;

use crate::Component;
use crate::bindings::exports::countersign::auth::policy::{CompiledPolicy, Diagnostic, Guest};
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
        line: diagnostic.line,
        column: diagnostic.column,
        path: diagnostic.path,
        reason: diagnostic.reason,
    }
}
