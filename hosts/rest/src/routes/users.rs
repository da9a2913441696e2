//! `/v1/users`: administration of accounts. The roles of the bearer decide what is allowed.

pub(crate) mod account;
pub(crate) mod collection;
mod refusal;
pub(crate) mod roles;
