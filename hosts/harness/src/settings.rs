//! The settings of a policy that are numbers.

use auth_runtime::PolicySettings;

/// A setting that is a number: its key in the policy file, and where it is.
pub(crate) type Setting = (&'static str, fn(&mut PolicySettings) -> &mut u32);

/// The numbers whose effect cases can show.
pub(crate) const SETTINGS: [Setting; 14] = [
    ("password.min_length", |it| &mut it.password.min_length),
    ("password.max_length", |it| &mut it.password.max_length),
    ("password.initial_hours", |it| {
        &mut it.password.initial_hours
    }),
    ("throttle.account_cap", |it| &mut it.throttle.account_cap),
    ("throttle.account_and_source.failures", |it| {
        &mut it.throttle.account_and_source.failures
    }),
    ("throttle.account_and_source.block_seconds", |it| {
        &mut it.throttle.account_and_source.block_seconds
    }),
    ("throttle.device.failures", |it| {
        &mut it.throttle.device.failures
    }),
    ("throttle.registration.failures", |it| {
        &mut it.throttle.registration.failures
    }),
    ("token.access_seconds", |it| &mut it.token.access_seconds),
    ("token.leeway_seconds", |it| &mut it.token.leeway_seconds),
    ("session.idle_seconds", |it| &mut it.session.idle_seconds),
    ("session.absolute_seconds", |it| {
        &mut it.session.absolute_seconds
    }),
    ("session.grace_seconds", |it| &mut it.session.grace_seconds),
    ("session.max_per_account", |it| {
        &mut it.session.max_per_account
    }),
];
