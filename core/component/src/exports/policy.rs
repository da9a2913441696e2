//! Export `policy`.

use auth_rules::policy_file;

use crate::Component;
use crate::bindings::exports::countersign::auth::policy::{CompiledPolicy, Fault, Guest};
use crate::imports::convert;

impl Guest for Component {
    fn compile(text: String) -> Result<CompiledPolicy, Vec<Fault>> {
        match policy_file::compile(&text) {
            Ok((settings, roles)) => Ok(CompiledPolicy {
                settings: convert::settings_to_wit(settings),
                roles: roles.into_iter().map(convert::role_to_wit).collect(),
            }),
            Err(faults) => Err(faults.into_iter().map(fault).collect()),
        }
    }
}

fn fault(fault: policy_file::Fault) -> Fault {
    Fault {
        line: fault.line,
        column: fault.column,
        path: fault.path,
        reason: fault.reason,
    }
}
