//! The stores on Amazon DocumentDB or MongoDB, through MongoDB's driver.
//!
//! [`DocumentDbStore`] implements all four stores. Each operation is one statement on one document,
//! so no transaction is needed. A write that replaces a document names the version that it
//! replaces. [`DocumentDbStore::migrate`] creates collections and indexes; a request never does.
//!
//! Every call to the driver ends by a deadline of its own and by that of its request
//! (`auth_runtime::deadline`), because the driver has neither `socketTimeoutMS` nor
//! `waitQueueTimeoutMS`. The driver's error messages may hold addresses and keys of records, so
//! they stay in `failure.rs`. Errors and logs name the kind and the code.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod accounts;
mod codes;
mod compare_and_set;
mod connection;
mod credentials;
mod documents;
mod error;
mod failure;
mod health;
mod operation;
mod schema;
mod sessions;
mod settings;
mod store;
mod throttle;
mod tls_roots;
mod uri;
mod users;

pub use credentials::{Credential, CredentialSource};
pub use error::SettingsError;
pub use schema::{Plan, Step};
pub use settings::ConnectionSettings;
pub use store::DocumentDbStore;
pub use tls_roots::TrustError;
pub use uri::is_on_this_machine;
