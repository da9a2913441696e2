//! What is AWS's alone: secrets from AWS Secrets Manager.
//!
//! A setting names a secret by [`SecretReference`]; [`SecretsManager`] reads it, and a [`CachedSecret`]
//! keeps it for a while, so that a service goes on when Secrets Manager does not answer and follows a
//! rotation when it does.
#![forbid(unsafe_code)]

mod cache;
mod credentials;
mod error;
mod manager;
mod reference;

pub use cache::{CachedSecret, SecretSource, Stage, Versions};
pub use credentials::DatabaseCredentials;
pub use error::SecretError;
pub use manager::SecretsManager;
pub use reference::{ReferenceError, SecretReference};
