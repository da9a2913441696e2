//! Settings that are weaker than a standard asks for, or that make a rule idle.

use auth_rules::settings::{RegistrationAnswer, Settings, Throttle};

use crate::catalogue::{
    ACCOUNT_BEFORE_SOURCE, CAP_BEFORE_BLOCK, DEVICE_IS_STRICTER, DISCLOSES, IDLE_NEVER_ACTS,
    LONG_GRACE, LONG_INITIAL_PASSWORD, LONG_SESSION, Lint, NEVER_DOUBLES, NO_CONTEXT_WORDS,
    SOURCE_BEFORE_ACCOUNT,
};
use crate::finding::Draft;
use crate::subject::{Drafts, Subject};

const THIRTY_DAYS: u32 = 30 * 86_400;
const WEEK_HOURS: u32 = 7 * 24;
const GRACE_SECONDS: u32 = 10;

pub(crate) fn find(subject: &Subject<'_>, drafts: &mut Drafts) {
    let found = lifetimes(subject.settings)
        .into_iter()
        .chain(answers(subject.settings))
        .chain(counters(subject.settings))
        .chain(blocks(&subject.settings.throttle));
    for (lint, paths, message) in found {
        let path = paths.first().copied().unwrap_or_default().to_owned();
        drafts.push(Draft::new(lint, subject.setting(paths), path, message));
    }
}

/// A lint, the settings that it is about with the likeliest first, and the message.
type Found = (&'static Lint, &'static [&'static str], String);

fn lifetimes(settings: &Settings) -> Vec<Found> {
    let session = &settings.session;
    let mut found: Vec<Found> = Vec::new();
    if session.absolute_seconds > THIRTY_DAYS {
        let days = session.absolute_seconds.div_ceil(86_400);
        let message = format!("a session lives for up to {days} days without another login");
        found.push((&LONG_SESSION, &["session.absolute_seconds"], message));
    }
    if session.idle_seconds == session.absolute_seconds {
        let message =
            "the idle time equals the absolute one, so it never ends a session".to_owned();
        let paths = &["session.idle_seconds", "session.absolute_seconds"];
        found.push((&IDLE_NEVER_ACTS, paths, message));
    }
    if session.grace_seconds > GRACE_SECONDS {
        let message = format!(
            "a used refresh token is answered again for {} seconds",
            session.grace_seconds
        );
        found.push((&LONG_GRACE, &["session.grace_seconds"], message));
    }
    if settings.password.initial_hours > WEEK_HOURS {
        let days = settings.password.initial_hours.div_ceil(24);
        let message = format!("an initial password is good for {days} days");
        found.push((&LONG_INITIAL_PASSWORD, &["password.initial_hours"], message));
    }
    found
}

fn answers(settings: &Settings) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    if settings.registration.answer == RegistrationAnswer::Disclose {
        let message = "registration tells everybody which addresses have an account".to_owned();
        found.push((&DISCLOSES, &["registration.answer"], message));
    }
    if settings.password.context_words.is_empty() {
        let message = "passwords may consist of the name of the service".to_owned();
        found.push((&NO_CONTEXT_WORDS, &["password.context_words"], message));
    }
    found
}

fn counters(settings: &Settings) -> Vec<Found> {
    let throttle = &settings.throttle;
    let (inner, account) = (throttle.account_and_source, throttle.account);
    let mut found: Vec<Found> = Vec::new();
    if account.failures <= inner.failures {
        let message = format!(
            "{} failures on an account block all strangers, {} from one source would block only it",
            account.failures, inner.failures
        );
        let paths = &[
            "throttle.account.failures",
            "throttle.account_and_source.failures",
        ];
        found.push((&ACCOUNT_BEFORE_SOURCE, paths, message));
    }
    if throttle.device.failures < inner.failures {
        let message = format!(
            "a known device is blocked after {} failures, a stranger after {}",
            throttle.device.failures, inner.failures
        );
        let paths = &[
            "throttle.device.failures",
            "throttle.account_and_source.failures",
        ];
        found.push((&DEVICE_IS_STRICTER, paths, message));
    }
    if throttle.source.failures <= inner.failures {
        let message = format!(
            "{} failures of one person block everybody at the same address",
            throttle.source.failures
        );
        let paths = &[
            "throttle.source.failures",
            "throttle.account_and_source.failures",
        ];
        found.push((&SOURCE_BEFORE_ACCOUNT, paths, message));
    }
    if throttle.account_cap / 2 <= account.failures {
        let message = format!(
            "the share of strangers, half of {}, is used up before {} failures begin a block",
            throttle.account_cap, account.failures
        );
        let paths = &["throttle.account_cap", "throttle.account.failures"];
        found.push((&CAP_BEFORE_BLOCK, paths, message));
    }
    found
}

/// CS309. Of registrations the first block is the longest by default.
fn blocks(throttle: &Throttle) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (limit, paths) in [
        (
            throttle.account_and_source,
            &[
                "throttle.account_and_source.max_block_seconds",
                "throttle.account_and_source.block_seconds",
            ],
        ),
        (
            throttle.account,
            &[
                "throttle.account.max_block_seconds",
                "throttle.account.block_seconds",
            ],
        ),
        (
            throttle.source,
            &[
                "throttle.source.max_block_seconds",
                "throttle.source.block_seconds",
            ],
        ),
        (
            throttle.device,
            &[
                "throttle.device.max_block_seconds",
                "throttle.device.block_seconds",
            ],
        ),
    ] {
        if limit.block_seconds == limit.max_block_seconds {
            let message = format!("every block lasts {} seconds", limit.block_seconds);
            found.push((&NEVER_DOUBLES, paths, message));
        }
    }
    found
}
