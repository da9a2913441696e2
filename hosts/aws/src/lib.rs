//! Adapters for services of AWS: secrets from AWS Secrets Manager.
//!
//! A setting names a secret by a [`SecretReference`], and [`SecretsManager`] reads it. A
//! [`CachedSecret`] keeps the value for five minutes, or longer while Secrets Manager does not
//! answer, and follows a rotation.
#![forbid(unsafe_code)]

mod cache;
mod credentials;
mod error;
mod manager;
mod reference;

pub use cache::{CachedSecret, SecretSource, SecretVersion, Stage, Versions};
pub use credentials::DatabaseCredentials;
pub use error::SecretError;
pub use manager::SecretsManager;
pub use reference::{ReferenceError, SecretReference};
