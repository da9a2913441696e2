//! One module for each interface that the component exports.

pub(crate) mod access;
mod accounts;
mod login;
pub(crate) mod password;
mod policy;
mod profile;
mod registration;
mod sessions;
mod setup;
mod verification;
