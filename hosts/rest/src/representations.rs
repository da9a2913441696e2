//! Representations that the answers of several routes share.

pub(crate) mod account;
pub(crate) mod timestamp;
pub(crate) mod tokens;
