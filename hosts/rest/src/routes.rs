//! One module for each resource. A handler reads the request, calls one flow and answers.

pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod docs;
pub(crate) mod forward_auth;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod me;
pub(crate) mod metadata;
pub(crate) mod problems;
pub(crate) mod register;
pub(crate) mod setup;
pub(crate) mod tokens;
pub(crate) mod users;
