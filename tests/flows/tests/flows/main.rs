//! The flows of the service, through the real component.

mod accounts;
mod determinism;
mod failures;
mod initial_password;
mod lock_out;
mod login;
mod password;
mod refresh;
mod registration;
mod sessions;
mod setup;
mod throttle;
mod throttle_races;
mod verification;
