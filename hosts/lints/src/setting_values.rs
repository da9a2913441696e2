//! The settings of a policy as keys and values, for instance to compare them.

use auth_runtime::{
    HashScheme, PasswordSettings, PolicySettings, RefreshReplay, RegistrationAnswer,
    RegistrationMode, RegistrationSettings, SessionSettings, ThrottleLimit, ThrottleSettings,
    TokenSettings,
};

/// Every setting by its key in the policy file, with its value as text. Patterns that name all fields
/// make sure that none is forgotten.
pub(crate) fn setting_values(settings: &PolicySettings) -> Vec<(&'static str, String)> {
    let PolicySettings {
        registration:
            RegistrationSettings {
                mode,
                answer,
                roles,
            },
        password,
        hashing,
        former_hashing,
        throttle,
        token: TokenSettings {
            access_seconds,
            leeway_seconds,
        },
        session,
        administrator,
    } = settings;
    let mode = match mode {
        RegistrationMode::Closed => "closed",
        RegistrationMode::Open => "open",
    };
    let answer = match answer {
        RegistrationAnswer::Accept => "accept",
        RegistrationAnswer::Disclose => "disclose",
    };
    let former: Vec<_> = former_hashing.iter().map(scheme).collect();
    let mut values = vec![
        ("registration.mode", mode.to_owned()),
        ("registration.answer", answer.to_owned()),
        ("registration.roles", format!("{roles:?}")),
        ("hashing", scheme(hashing)),
        ("hashing.former", format!("[{}]", former.join(", "))),
        ("token.access_seconds", access_seconds.to_string()),
        ("token.leeway_seconds", leeway_seconds.to_string()),
        ("setup.role", administrator.clone()),
    ];
    values.extend(of_password(password));
    values.extend(of_throttle(throttle));
    values.extend(of_session(*session));
    values
}

fn scheme(scheme: &HashScheme) -> String {
    match scheme {
        HashScheme::BcryptSha256(cost) => format!("bcrypt of cost {cost}"),
        HashScheme::Argon2id(cost) => format!(
            "argon2id of {} KiB, {} passes and {} lanes",
            cost.memory_kib, cost.passes, cost.lanes
        ),
    }
}

fn of_password(password: &PasswordSettings) -> [(&'static str, String); 4] {
    let PasswordSettings {
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

fn of_session(session: SessionSettings) -> [(&'static str, String); 6] {
    let SessionSettings {
        idle_seconds,
        absolute_seconds,
        grace_seconds,
        replay,
        max_per_account,
        device_days,
    } = session;
    let replay = match replay {
        RefreshReplay::Client => "client",
        RefreshReplay::IdempotencyKey => "idempotency-key",
    };
    [
        ("session.idle_seconds", idle_seconds.to_string()),
        ("session.absolute_seconds", absolute_seconds.to_string()),
        ("session.grace_seconds", grace_seconds.to_string()),
        ("session.replay", replay.to_owned()),
        ("session.max_per_account", max_per_account.to_string()),
        ("session.device_days", device_days.to_string()),
    ]
}

fn of_throttle(throttle: &ThrottleSettings) -> [(&'static str, String); 6] {
    let ThrottleSettings {
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
