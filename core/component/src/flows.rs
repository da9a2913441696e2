//! Steps that several exports share.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod authentication;
pub(crate) mod setup_code;
pub(crate) mod tokens;
