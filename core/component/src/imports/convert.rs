//! Converts between the types of the contract and those of the rules. No decision is made here.

use auth_rules::access_token::{self, Claims as RuleClaims};
use auth_rules::client_mark::ClientMark;
use auth_rules::{email, jose, one_time_code, password, rbac, session, settings, throttle};

use crate::bindings::countersign::auth::code_store::{Code, CodeState};
use crate::bindings::countersign::auth::keyring::Algorithm;
use crate::bindings::countersign::auth::policy_source::{
    CompiledRole, CompiledRule, Effect, PasswordSettings, RefreshReplay, RegistrationAnswer,
    RegistrationMode, RegistrationSettings, SessionSettings, Settings, ThrottleLimit,
    ThrottleSettings, TokenSettings,
};
use crate::bindings::countersign::auth::session_store::Session;
use crate::bindings::countersign::auth::throttle_store::Counter;
use crate::bindings::countersign::auth::types::{
    Argon2idCost, EmailViolation, HashScheme, PasswordViolation, TokenError,
};
use crate::bindings::exports::countersign::auth::verification::{Claims, Expectation};

pub(crate) fn algorithm_to_rule(algorithm: Algorithm) -> jose::Algorithm {
    match algorithm {
        Algorithm::EdDsa => jose::Algorithm::EdDsa,
        Algorithm::Es256 => jose::Algorithm::Es256,
        Algorithm::Hs256 => jose::Algorithm::Hs256,
        Algorithm::Rs256 => jose::Algorithm::Rs256,
    }
}

pub(crate) fn token_error(error: jose::TokenError) -> TokenError {
    use jose::TokenError as Refusal;
    match error {
        Refusal::BadSignature => TokenError::BadSignature,
        Refusal::Expired => TokenError::Expired,
        Refusal::Malformed => TokenError::Malformed,
        Refusal::NotYetValid => TokenError::NotYetValid,
        Refusal::TooLarge => TokenError::TooLarge,
        Refusal::UnknownKey => TokenError::UnknownKey,
        Refusal::UnsupportedCritical => TokenError::UnsupportedCritical,
        Refusal::WrongAudience => TokenError::WrongAudience,
        Refusal::WrongIssuer => TokenError::WrongIssuer,
        Refusal::WrongType => TokenError::WrongType,
    }
}

pub(crate) fn email_violation(violation: email::EmailViolation) -> EmailViolation {
    use email::EmailViolation as Rule;
    match violation {
        Rule::BadDomain => EmailViolation::BadDomain,
        Rule::BadLocalPart => EmailViolation::BadLocalPart,
        Rule::Empty => EmailViolation::Empty,
        Rule::ForbiddenCharacter => EmailViolation::ForbiddenCharacter,
        Rule::NotAnAddress => EmailViolation::NotAnAddress,
        Rule::TooLong => EmailViolation::TooLong,
    }
}

pub(crate) fn password_violations(
    violations: Vec<password::PasswordViolation>,
) -> Vec<PasswordViolation> {
    use password::PasswordViolation as Rule;
    let convert = |violation| match violation {
        Rule::Common => PasswordViolation::Common,
        Rule::ForbiddenCharacter => PasswordViolation::ForbiddenCharacter,
        Rule::Guessable => PasswordViolation::Guessable,
        Rule::TooLong => PasswordViolation::TooLong,
        Rule::TooShort => PasswordViolation::TooShort,
        Rule::Unchanged => PasswordViolation::Unchanged,
    };
    violations.into_iter().map(convert).collect()
}

pub(crate) fn expectation(expected: &Expectation) -> access_token::Expectation<'_> {
    access_token::Expectation {
        issuer: &expected.issuer,
        audience: &expected.audience,
        leeway_seconds: expected.leeway_seconds,
    }
}

pub(crate) fn claims(claims: RuleClaims) -> Claims {
    Claims {
        issuer: claims.issuer,
        subject: claims.subject,
        audience: claims.audience,
        client_id: claims.client_id,
        token_id: claims.token_id,
        session_id: claims.session_id,
        roles: claims.roles,
        issued_at: claims.issued_at,
        expires_at: claims.expires_at,
        authenticated_at: claims.authenticated_at,
        methods: claims.methods,
    }
}

pub(crate) fn role_to_rule(role: CompiledRole) -> rbac::Role {
    let rule = |rule: CompiledRule| rbac::Rule {
        effect: match rule.effect {
            Effect::Allow => rbac::Effect::Allow,
            Effect::Deny => rbac::Effect::Deny,
        },
        permission: rule.permission,
        own: rule.own_only,
        via: rule.via,
    };
    rbac::Role {
        name: role.name,
        rules: role.rules.into_iter().map(rule).collect(),
    }
}

pub(crate) fn role_to_wit(role: rbac::Role) -> CompiledRole {
    let rule = |rule: rbac::Rule| CompiledRule {
        effect: match rule.effect {
            rbac::Effect::Allow => Effect::Allow,
            rbac::Effect::Deny => Effect::Deny,
        },
        permission: rule.permission,
        own_only: rule.own,
        via: rule.via,
    };
    CompiledRole {
        name: role.name,
        rules: role.rules.into_iter().map(rule).collect(),
    }
}

pub(crate) fn session_facts(session: &Session) -> session::SessionFacts<'_> {
    session::SessionFacts {
        id: &session.id,
        epoch: session.epoch,
        generation: session.generation,
        rotated_at: session.rotated_at,
        rotated_by: session.rotated_by.as_ref().map(|mark| ClientMark {
            client: &mark.client,
            idempotency_key: mark.idempotency_key.as_deref(),
        }),
        expires_at: session.expires_at,
        absolute_expires_at: session.absolute_expires_at,
    }
}

pub(crate) fn counter_to_rule(counter: &Counter) -> throttle::Counter {
    throttle::Counter {
        failures: counter.failures,
        window_started_at: counter.window_started_at,
        blocked_until: counter.blocked_until,
        blocks: counter.blocks,
        consecutive: counter.consecutive,
    }
}

pub(crate) fn counter_to_wit(counter: throttle::Counter, version: u64) -> Counter {
    Counter {
        failures: counter.failures,
        window_started_at: counter.window_started_at,
        blocked_until: counter.blocked_until,
        blocks: counter.blocks,
        consecutive: counter.consecutive,
        version,
    }
}

pub(crate) fn code_facts(code: &Code) -> one_time_code::CodeFacts<'_> {
    one_time_code::CodeFacts {
        digest: &code.digest,
        expires_at: code.expires_at,
        attempts: code.attempts,
        state: match code.state {
            CodeState::Claimed(_) => one_time_code::State::Claimed,
            CodeState::Open => one_time_code::State::Open,
            CodeState::Spent => one_time_code::State::Spent,
        },
    }
}

pub(crate) fn password_to_rule(password: &PasswordSettings) -> settings::Password {
    settings::Password {
        min_length: password.min_length,
        max_length: password.max_length,
        context_words: password.context_words.clone(),
        initial_hours: password.initial_hours,
    }
}

pub(crate) fn hash_scheme_to_rule(scheme: HashScheme) -> settings::HashScheme {
    match scheme {
        HashScheme::Argon2id(cost) => settings::HashScheme::Argon2id {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
        },
        HashScheme::BcryptSha256(cost) => settings::HashScheme::BcryptSha256 { cost },
    }
}

pub(crate) fn throttle_to_rule(throttle: &ThrottleSettings) -> settings::Throttle {
    let limit = |limit: ThrottleLimit| settings::ThrottleLimit {
        failures: limit.failures,
        window_seconds: limit.window_seconds,
        block_seconds: limit.block_seconds,
        max_block_seconds: limit.max_block_seconds,
    };
    settings::Throttle {
        account_and_source: limit(throttle.account_and_source),
        account: limit(throttle.account),
        source: limit(throttle.source),
        device: limit(throttle.device),
        registration: limit(throttle.registration),
        account_cap: throttle.account_cap,
    }
}

pub(crate) fn session_settings_to_rule(session: &SessionSettings) -> settings::Session {
    settings::Session {
        idle_seconds: session.idle_seconds,
        absolute_seconds: session.absolute_seconds,
        grace_seconds: session.grace_seconds,
        replay: match session.replay {
            RefreshReplay::Client => settings::Replay::Client,
            RefreshReplay::IdempotencyKey => settings::Replay::IdempotencyKey,
        },
        max_per_account: session.max_per_account,
        device_days: session.device_days,
    }
}

pub(crate) fn settings_to_wit(settings: settings::Settings) -> Settings {
    Settings {
        registration: registration_to_wit(settings.registration),
        password: PasswordSettings {
            min_length: settings.password.min_length,
            max_length: settings.password.max_length,
            context_words: settings.password.context_words,
            initial_hours: settings.password.initial_hours,
        },
        hashing: hash_scheme_to_wit(settings.hashing),
        former_hashing: settings
            .former_hashing
            .into_iter()
            .map(hash_scheme_to_wit)
            .collect(),
        throttle: throttle_to_wit(settings.throttle),
        token: TokenSettings {
            access_seconds: settings.token.access_seconds,
            leeway_seconds: settings.token.leeway_seconds,
        },
        session: SessionSettings {
            idle_seconds: settings.session.idle_seconds,
            absolute_seconds: settings.session.absolute_seconds,
            grace_seconds: settings.session.grace_seconds,
            replay: match settings.session.replay {
                settings::Replay::Client => RefreshReplay::Client,
                settings::Replay::IdempotencyKey => RefreshReplay::IdempotencyKey,
            },
            max_per_account: settings.session.max_per_account,
            device_days: settings.session.device_days,
        },
        administrator: settings.setup.role,
    }
}

fn hash_scheme_to_wit(scheme: settings::HashScheme) -> HashScheme {
    match scheme {
        settings::HashScheme::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => HashScheme::Argon2id(Argon2idCost {
            memory_kib,
            passes,
            lanes,
        }),
        settings::HashScheme::BcryptSha256 { cost } => HashScheme::BcryptSha256(cost),
    }
}

fn registration_to_wit(registration: settings::Registration) -> RegistrationSettings {
    RegistrationSettings {
        mode: match registration.mode {
            settings::RegistrationMode::Closed => RegistrationMode::Closed,
            settings::RegistrationMode::Open => RegistrationMode::Open,
        },
        answer: match registration.answer {
            settings::RegistrationAnswer::Accept => RegistrationAnswer::Accept,
            settings::RegistrationAnswer::Disclose => RegistrationAnswer::Disclose,
        },
        roles: registration.roles,
    }
}

fn throttle_to_wit(throttle: settings::Throttle) -> ThrottleSettings {
    let limit = |limit: settings::ThrottleLimit| ThrottleLimit {
        failures: limit.failures,
        window_seconds: limit.window_seconds,
        block_seconds: limit.block_seconds,
        max_block_seconds: limit.max_block_seconds,
    };
    ThrottleSettings {
        account_and_source: limit(throttle.account_and_source),
        account: limit(throttle.account),
        source: limit(throttle.source),
        device: limit(throttle.device),
        registration: limit(throttle.registration),
        account_cap: throttle.account_cap,
    }
}
