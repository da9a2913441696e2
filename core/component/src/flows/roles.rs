//! Looks up roles by name.

use auth_rules::rbac::Role;

use crate::bindings::countersign::auth::policy_source;
use crate::imports::convert;

/// Finds the roles with these names. A name that the policy does not define, or no longer defines,
/// grants nothing.
pub(crate) fn find_roles(names: &[String]) -> Vec<Role> {
    names
        .iter()
        .filter_map(|name| policy_source::find_role(name))
        .map(convert::role_to_rule)
        .collect()
}
