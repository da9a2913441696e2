//! The flows of the service, through the real component.

mod accounts;
mod addresses;
mod determinism;
mod even_work;
mod failures;
mod foreign_hashes;
mod initial_password;
mod lock_out;
mod login;
mod password;
mod places;
mod refresh;
mod registration;
mod sessions;
mod setup;
mod throttle;
mod throttle_races;
mod verification;
