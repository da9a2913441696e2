//! The settings of a policy as keys and values, for instance to compare them.

use auth_rules::settings::{
    Password, Registration, Session, Settings, Setup, Throttle, ThrottleLimit, Token,
};

/// Every setting by its key in the policy file, with its value as text. Patterns that name all fields
/// make sure that none is forgotten.
pub(crate) fn setting_values(settings: &Settings) -> Vec<(&'static str, String)> {
    let Settings {
        registration:
            Registration {
                mode,
                answer,
                roles,
            },
        password,
        hashing,
        former_hashing,
        throttle,
        token: Token {
            access_seconds,
            leeway_seconds,
        },
        session,
        setup: Setup { role },
    } = settings;
    let mut values = vec![
        ("registration.mode", format!("{mode:?}").to_lowercase()),
        ("registration.answer", format!("{answer:?}").to_lowercase()),
        ("registration.roles", format!("{roles:?}")),
        ("hashing", format!("{hashing:?}")),
        ("hashing.former", format!("{former_hashing:?}")),
        ("token.access_seconds", access_seconds.to_string()),
        ("token.leeway_seconds", leeway_seconds.to_string()),
        ("setup.role", role.clone()),
    ];
    values.extend(of_password(password));
    values.extend(of_throttle(throttle));
    values.extend(of_session(*session));
    values
}

fn of_password(password: &Password) -> [(&'static str, String); 4] {
    let Password {
        min_length,
        max_length,
        context_words,
        initial_hours,
    } = password;
    [
        ("password.min_length", min_length.to_string()),
        ("password.max_length", max_length.to_string()),
        ("password.context_words", format!("{context_words:?}")),
        ("password.initial_hours", initial_hours.to_string()),
    ]
}

fn of_session(session: Session) -> [(&'static str, String); 6] {
    let Session {
        idle_seconds,
        absolute_seconds,
        grace_seconds,
        replay,
        max_per_account,
        device_days,
    } = session;
    [
        ("session.idle_seconds", idle_seconds.to_string()),
        ("session.absolute_seconds", absolute_seconds.to_string()),
        ("session.grace_seconds", grace_seconds.to_string()),
        ("session.replay", format!("{replay:?}").to_lowercase()),
        ("session.max_per_account", max_per_account.to_string()),
        ("session.device_days", device_days.to_string()),
    ]
}

fn of_throttle(throttle: &Throttle) -> [(&'static str, String); 6] {
    let Throttle {
        account_and_source,
        account,
        source,
        device,
        registration,
        account_cap,
    } = throttle;
    [
        ("throttle.account_and_source", limit(account_and_source)),
        ("throttle.account", limit(account)),
        ("throttle.source", limit(source)),
        ("throttle.device", limit(device)),
        ("throttle.registration", limit(registration)),
        ("throttle.account_cap", account_cap.to_string()),
    ]
}

fn limit(limit: &ThrottleLimit) -> String {
    let ThrottleLimit {
        failures,
        window_seconds,
        block_seconds,
        max_block_seconds,
    } = limit;
    format!("{failures} in {window_seconds} s block for {block_seconds} to {max_block_seconds} s")
}
