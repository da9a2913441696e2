//! The composition root: what every host does alike, so that hosts differ in their adapters alone.
//!
//! It holds the table of [settings], starts logging, has the component compile the policy, and puts
//! capabilities, component and router together ([`Composition`]).

mod audit;
mod composition;
mod logging;
mod policy;
pub mod settings;
mod signals;

pub use audit::TracingAuditLog;
pub use composition::{Composition, Keys, Platform, Stores, Surface, policy_source, verifier};
pub use logging::{LogFormat, LogLevel, start as start_logging};
pub use policy::compile as compile_policy;
pub use signals::termination;

/// Describes to the installed recorder every metric of the service, with its unit.
pub fn describe_metrics() {
    auth_runtime::metering::describe();
    auth_crypto::describe_metrics();
    auth_rest::describe_metrics();
    audit::describe_metrics();
}
