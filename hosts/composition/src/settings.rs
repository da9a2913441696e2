//! The settings that a host is started with. The command line and the function on AWS Lambda read
//! them by one table, and the reference `docs/reference/settings.md` is generated from it.

mod connections;
mod environment;
mod issuer;
mod key_location;
mod parse;
mod proxies;
#[cfg(test)]
mod reference;
mod setting;
pub mod table;
mod variables;

pub use environment::Environment;
pub use issuer::check as check_issuer;
pub use key_location::of_issuer_unless_set as key_location;
pub use parse::MetricsAddress;
pub use proxies::check as check_proxies;
pub use setting::{Host, Row, Setting, Unset};
pub use variables::Variables;
