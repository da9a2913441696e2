//! Finds what is doubtful in a policy.
//!
//! The component refuses a policy that cannot work; [`check`] adds what can work but hardly can be
//! meant, or is weaker than a standard asks for. The lints look at the compiled policy natively, and
//! put every claim about a decision to the component as a question, so that they can be wrong about
//! nothing that it decides. They stay out of the component, which must remain small.

mod builds;
pub mod catalogue;
mod change;
mod check;
mod classes;
mod comparison;
mod compiled;
pub mod document;
mod explanation;
mod finding;
mod ignores;
mod layout;
mod lines;
mod lints;
mod pattern_index;
mod setting_values;
mod subject;
mod witness;

pub use builds::{Build, compare_builds};
pub use catalogue::{LINTS, Lint, Severity};
pub use change::{Change, Owner, Verdict};
pub use check::{CheckError, check, not_utf8};
pub use comparison::{Comparison, RoleChanges, SettingChange, compare};
pub use compiled::Compiled;
pub use explanation::{Edit, Explanation, explain};
pub use finding::{Finding, Related};
pub use ignores::apply as apply_ignores;
pub use layout::lay_out;
pub use lines::Lines;
pub use witness::Witness;

/// The JSON Schema (draft 2020-12) of the policy file, for editors.
pub const POLICY_SCHEMA: &str = include_str!("../policy.schema.json");
