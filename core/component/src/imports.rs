//! The imports that the component calls, in the types of the rules.

pub(crate) mod audit;
pub(crate) mod convert;
pub(crate) mod entropy;
pub(crate) mod hashing;
