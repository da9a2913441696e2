//! The capabilities that compute: clock, entropy, password hasher, keyring and signer. They use
//! AWS-LC and the operating system.
#![forbid(unsafe_code)]

pub mod algorithm;
mod awaited_keys;
mod clock;
mod configured_keys;
mod der;
mod entropy;
mod error;
mod hash_pool;
mod jwk;
mod jwks_keyring;
mod key_directory;
mod key_file;
mod key_set;
mod lifecycle;
mod mac_keys;
mod mac_secrets;
mod misplaced_key;
mod passwords;
mod pem;
mod private_directory;
pub mod private_file;
mod public_key;
mod roca;
mod service_keys;
mod signing_key;
#[cfg(test)]
mod vectors;
mod verifying_key;
mod weak_secret;

pub use awaited_keys::AwaitedKeys;
pub use clock::SystemClock;
pub use configured_keys::{ExampleKeys, KeyTexts};
pub use entropy::SystemEntropy;
pub use error::{KeyDirectoryError, KeyError, KeySetError, SettingError};
pub use hash_pool::{HashPool, HashPoolConfig, describe_metrics};
pub use jwks_keyring::JwksKeyring;
pub use key_directory::KeyDirectory;
pub use key_set::{KeyInfo, KeySet, LONGEST_TOKEN};
pub use lifecycle::{KeyState, Lifecycle};
pub use service_keys::ServiceKeys;
pub use signing_key::SigningKey;
pub use verifying_key::VerifyingKey;
