//! One module for each interface that the component exports. None of them uses another.

mod access;
mod accounts;
mod login;
mod password;
mod policy;
mod profile;
mod registration;
mod sessions;
mod setup;
mod verification;
