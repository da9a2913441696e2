//! The settings that a host is started with: one table, which the command line and the function on AWS
//! Lambda read, and which the reference `docs/reference/settings.md` is written from.

mod environment;
mod issuer;
mod parse;
#[cfg(test)]
mod reference;
mod setting;
pub mod table;
mod variables;

pub use environment::Environment;
pub use issuer::check as check_issuer;
pub use setting::{Host, Row, Setting, Unset};
pub use variables::Variables;
