//! What each parser of input from outside promises for any input, as one function for each parser.
//! A function panics when its promise is broken.
//!
//! `fuzz/` calls the functions under a fuzzer. `tests/seeds.rs` calls them with the committed seeds
//! and with small changes of them, in every run of the tests.

mod claims;
mod email;
mod event;
mod jose;
mod jwks;
mod policy;
mod secret;
mod uri;

/// A function that checks the promise of a parser for one input.
pub type Check = fn(&[u8]);

/// Each target by the name of its file in `fuzz/fuzz_targets` and its folder in `fuzz/seeds`.
pub const TARGETS: [(&str, Check); 8] = [
    ("claims", claims::check),
    ("email", email::check),
    ("event", event::check),
    ("jose", jose::check),
    ("jwks", jwks::check),
    ("policy", policy::check),
    ("secret", secret::check),
    ("uri", uri::check),
];

/// Runs the check of one target.
///
/// # Panics
/// When there is no such target, or when the parser breaks its promise.
pub fn run(target: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, check) = found.expect("a target");
    check(input);
}
