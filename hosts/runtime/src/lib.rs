//! Runs the component: gives it capabilities, limits its resources, and offers each of its exports
//! as a method.
//!
//! [`Engine`] is the component, loaded once. A [`Service`] runs flows on it; a [`Verifier`] checks
//! tokens and decides. The files in `wit/` state what each capability and export promises. This
//! crate also holds what adapters share, since no adapter depends on another.

mod bindings;
mod capabilities;
mod commitment;
pub mod deadline;
mod engine;
mod errors;
mod limits;
pub mod metering;
mod policy_source;
mod runner;
mod secret_text;
mod service;
mod service_state;
mod verifier;
mod verifier_state;
mod wiped;

use bindings::countersign::auth as imports;
use bindings::exports::countersign::auth as exports;
use bindings::verifier::exports::countersign::auth as verifier_exports;

pub use capabilities::{
    AccountStore, AuditLog, Capabilities, Clock, CodeStore, Entropy, HashClaim, HashPlace, Keyring,
    PasswordHasher, SessionStore, Signer, ThrottleStore, VerifierCapabilities,
};
pub use commitment::Commitment;
pub use engine::{Allocation, Engine};
pub use errors::{AdapterError, Blame, Error, InsertError, ReplaceError};
pub use exports::accounts::{
    AccountPage as AccountListPage, AdministrationError, CreatedAccount, InitialPassword,
    NewAccount,
};
pub use exports::login::{Attempt as LoginAttempt, LoginError, Tokens};
pub use exports::password::ChangeError as ChangePasswordError;
pub use exports::policy::{
    CompiledPolicy, Diagnostic as PolicyDiagnostic, Fault as PolicyFault, Position as TextPosition,
};
pub use exports::registration::{Outcome as Registered, RegisterError};
pub use exports::sessions::{Credential, RefreshError, RefreshRequest, RevokeError, SessionView};
pub use exports::setup::CompleteError as SetupError;
pub use imports::account_store::{Account, AccountPage};
pub use imports::audit_log::{Event as AuditEvent, EventKind as AuditEventKind};
pub use imports::code_store::{Code, CodePurpose, CodeState};
pub use imports::keyring::Algorithm;
pub use imports::password_hasher::Claimant;
pub use imports::policy_source::{
    CompiledRole, CompiledRule, Deployment, Effect, PasswordSettings, RefreshReplay,
    RegistrationAnswer, RegistrationMode, RegistrationSettings, SessionSettings,
    Settings as PolicySettings, ThrottleLimit, ThrottleSettings, TokenSettings,
};
pub use imports::session_store::{ClientMark, Session};
pub use imports::signer::{ActiveKey, Purpose};
pub use imports::throttle_store::Counter;
pub use imports::types::{
    AccountOrigin, AccountStatus, AccountView, Argon2idCost, Authority, EmailViolation, HashScheme,
    PageRequest, PasswordViolation, TokenError,
};
pub use limits::Limits;
pub use policy_source::PolicySource;
pub use secret_text::SecretText;
pub use service::Service;
pub use verifier::{Verifier, VerifierInstance};
pub use verifier_exports::access::{DecideError, Decision, MatchedRule, Question};
pub use verifier_exports::verification::{Claims, Expectation, Signature as UnverifiedSignature};
pub use wiped::{Secrets, Wiped};
