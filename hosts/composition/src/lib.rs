//! What every host of the whole service does alike: reads values of settings, logs, has the policy
//! compiled, and puts capabilities, component and router together. Which capabilities they are is
//! each host's own choice.

mod audit;
mod issuer;
mod logging;
mod policy;
mod secret;
mod service;
pub mod values;

pub use audit::TracingAuditLog;
pub use issuer::check as check_issuer;
pub use logging::{LogFormat, LogLevel, start as start_logging};
pub use policy::compile as compile_policy;
pub use secret::{REFRESH_VARIABLE, SECRET_VARIABLE, read as read_secret};
pub use service::{Assembly, Keys, Stores, assemble};

/// Tells the recorder, once it is installed, what all parts of the service measure, in which unit.
pub fn describe_metrics() {
    auth_runtime::metering::describe();
    auth_crypto::describe_metrics();
    auth_rest::describe_metrics();
    audit::describe_metrics();
}
