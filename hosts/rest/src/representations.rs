//! What several routes answer with.

pub(crate) mod account;
pub(crate) mod timestamp;
pub(crate) mod tokens;
