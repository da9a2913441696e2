//! The composition root: what all hosts have in common, so that they differ in their adapters only.
//!
//! It holds the table of [settings], starts logging, has the component compile the policy, and
//! assembles capabilities, component and router ([`Composition`]).

mod audit;
mod composition;
mod gate;
mod logging;
mod noting_signer;
mod policy;
pub mod settings;
mod signals;
mod source_names;

pub use audit::{EVENTS, KeyEvent, TracingAuditLog, note_key};
pub use composition::{Composition, Keys, Platform, Stores, Surface, policy_source, verifier};
pub use gate::gate;
pub use logging::{LogFormat, LogLevel, start as start_logging};
pub use policy::compile as compile_policy;
pub use signals::termination;
pub use source_names::LogSources;

/// Describes every metric of the service, with its unit, to the installed recorder.
pub fn describe_metrics() {
    auth_runtime::metering::describe();
    auth_crypto::describe_metrics();
    auth_rest::describe_metrics();
    audit::describe_metrics();
}
