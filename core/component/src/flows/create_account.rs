//! Makes an account on the authority of an administrator or of the operator.

use auth_rules::access_token;
use auth_rules::email::Email;
use auth_rules::password::{self, NewPassword};

use crate::bindings::countersign::auth::account_store::Account;
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::clock;
use crate::bindings::countersign::auth::policy_source::Settings;
use crate::bindings::countersign::auth::types::AccountOrigin;
use crate::bindings::exports::countersign::auth::accounts::{
    AdministrationError, CreatedAccount, InitialPassword, NewAccount,
};
use crate::flows::accounts::{self, NewAccount as AccountStart};
use crate::flows::authority::Actor;
use crate::flows::setup;
use crate::imports::{convert, entropy, hashing};

/// The permission that an actor needs to make an account.
pub(crate) const PERMISSION: &str = "users:create";

const MILLIS_PER_HOUR: u64 = 3_600_000;

/// The password of a new account, before it is hashed.
struct FirstPassword {
    text: String,
    /// Set for an initial password: the time until which the owner may replace it.
    initial_until: Option<u64>,
}

/// Makes an account. The caller has checked [`PERMISSION`].
pub(crate) fn create(
    actor: &Actor,
    new: NewAccount,
    settings: &Settings,
) -> Result<CreatedAccount, AdministrationError> {
    let roles = without_duplicates(new.roles);
    may_grant(actor, &roles)?;
    let email = Email::parse(&new.email).map_err(|violation| {
        AdministrationError::InvalidEmail(convert::email_violation(violation))
    })?;
    let now = clock::now();
    let first = first_password(actor, new.password, &email, settings, now)?;
    hashing::admit_administrator().map_err(|_| AdministrationError::Busy)?;
    let account = Account::from(AccountStart {
        id: entropy::fresh_id(now),
        email: &email,
        password_hash: hashing::hash_text(&first.text, settings.hashing),
        initial_until: first.initial_until,
        roles,
        origin: match actor {
            Actor::Account { .. } => AccountOrigin::Created,
            Actor::Operator => AccountOrigin::Operator,
        },
        now,
    });
    // The hash took its time.
    may_grant(&actor.renewed(PERMISSION)?, &account.roles)?;
    let administrator = &settings.administrator;
    setup::closing(actor, administrator, &account.id, &account.roles, || {
        accounts::insert(&account, &email).map_err(|_| AdministrationError::EmailTaken)
    })?;
    actor.note(EventKind::AccountCreated, &account.id, None);
    Ok(CreatedAccount {
        account: accounts::view(&account),
        initial_password: first.initial_until.map(|expires_at| InitialPassword {
            password: first.text,
            expires_at,
        }),
    })
}

/// Refuses roles that the actor may not grant, or that are too many for a token.
fn may_grant(actor: &Actor, roles: &[String]) -> Result<(), AdministrationError> {
    for role in roles {
        actor.must_have("roles:grant")?;
        actor.may_hand_out(role)?;
    }
    if access_token::roles_fit(roles) {
        Ok(())
    } else {
        Err(AdministrationError::TooManyRoles)
    }
}

fn first_password(
    actor: &Actor,
    chosen: Option<String>,
    email: &Email,
    settings: &Settings,
    now: u64,
) -> Result<FirstPassword, AdministrationError> {
    let Some(chosen) = chosen else {
        let hours = u64::from(settings.password.initial_hours);
        return Ok(FirstPassword {
            text: password::initial_password(&entropy::random()),
            initial_until: Some(now.saturating_add(hours.saturating_mul(MILLIS_PER_HOUR))),
        });
    };
    // An administrator who acts over the network must not know a password that stays valid.
    if matches!(actor, Actor::Account { .. }) {
        return Err(AdministrationError::Forbidden(
            "users:choose-password".to_owned(),
        ));
    }
    let rule = convert::password_to_rule(&settings.password);
    let chosen = NewPassword::parse(&chosen, &rule, email.key()).map_err(|violations| {
        AdministrationError::WeakPassword(convert::password_violations(violations))
    })?;
    Ok(FirstPassword {
        text: chosen.as_str().to_owned(),
        initial_until: None,
    })
}

fn without_duplicates(roles: Vec<String>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(roles.len());
    for role in roles {
        if !unique.contains(&role) {
            unique.push(role);
        }
    }
    unique
}
