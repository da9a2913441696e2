//! The factors that a user can prove at login, one module for each.

pub(crate) mod password;
