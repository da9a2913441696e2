//! All capabilities of the component in memory: deterministic, quick, and open to inspection.
//!
//! Tests, the policy harness and the simulation run the component with these in place of a
//! database, the system's clock and real hashing. Two runs of a flow from the same seed and at the
//! same times return the same bytes.
//!
//! # Example
//!
//! A login, on a service that exists for this one function:
//!
//! ```
//! use std::sync::Arc;
//!
//! use auth_composition::{Composition, Keys, Platform, Stores, compile_policy, policy_source};
//! use auth_memory::{
//!     ManualClock, MemoryStores, QuickHasher, QuickKeys, RecordingAudit, SeededEntropy,
//! };
//! use auth_runtime::{Allocation, Engine, LoginAttempt};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let engine = Engine::load(Allocation::OnDemand).unwrap();
//! let policy = compile_policy(&engine, None).unwrap();
//! let clock = Arc::new(ManualClock::default());
//! let platform = Platform {
//!     clock: clock.clone(),
//!     entropy: Arc::new(SeededEntropy::new(1)),
//!     password_hasher: Arc::new(QuickHasher::default()),
//! };
//! let composition = Composition::new(
//!     platform,
//!     Stores::of(&Arc::new(MemoryStores::new(clock))),
//!     Keys::of(&Arc::new(QuickKeys::new("key-1", "a secret"))),
//!     Arc::new(RecordingAudit::default()),
//!     policy_source(policy, "https://auth.example.org", "https://api.example.org"),
//! );
//! let service = composition.service(&engine).unwrap();
//!
//! let (email, password) = ("ada@example.org", "staple-battery-horse");
//! service.register(email, password, "192.0.2.1").await.unwrap().unwrap();
//! let attempt = LoginAttempt {
//!     email: email.to_owned(),
//!     password: password.to_owned(),
//!     new_password: None,
//!     source: "192.0.2.1".to_owned(),
//!     user_agent: "example".to_owned(),
//!     device_token: None,
//! };
//! let tokens = service.login(&attempt).await.unwrap().unwrap();
//! assert_eq!(tokens.access_token.split('.').count(), 3);
//! # });
//! ```

mod audit;
mod change;
mod clock;
mod entropy;
mod hasher;
mod keys;
mod records;
mod stores;

pub use audit::RecordingAudit;
pub use change::Change;
pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use hasher::{QuickHasher, Work};
pub use keys::QuickKeys;
pub use stores::MemoryStores;
