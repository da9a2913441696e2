//! What a user proves to log in, one module for each factor.

pub(crate) mod password;
