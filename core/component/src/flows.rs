//! Steps that several exports share.

pub(crate) mod accounts;
pub(crate) mod administration;
pub(crate) mod attempts;
pub(crate) mod authentication;
pub(crate) mod authority;
pub(crate) mod create_account;
pub(crate) mod factors;
pub(crate) mod issue_session;
pub(crate) mod roles;
pub(crate) mod setup;
pub(crate) mod tokens;
