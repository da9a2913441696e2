//! What people do in a scenario: calls of the service as values.

use crate::cases::step::{self, WRONG_PASSWORD};
use crate::cases::verb::Verb;
use crate::scenario::person::Person;

/// A call of the service, with who makes it. [`Scenario::play`] and [`Scenario::together`] make it.
///
/// What a call presents follows from what its person was answered before: the latest tokens, the
/// token of the device, the present password. The methods whose names begin with `with` or `from`
/// change that.
///
/// [`Scenario::play`]: crate::Scenario::play
/// [`Scenario::together`]: crate::Scenario::together
#[derive(Clone)]
pub struct Act(pub(super) step::Act);

/// Calls of a person for itself.
impl Person {
    /// Makes an account, with the roles that the policy gives to those who register.
    #[must_use]
    pub fn register(&self) -> Act {
        self.act(Verb::Register)
    }

    /// Logs in.
    #[must_use]
    pub fn login(&self) -> Act {
        self.act(Verb::Login)
    }

    /// Exchanges the refresh token for new tokens.
    #[must_use]
    pub fn refresh(&self) -> Act {
        self.act(Verb::Refresh)
    }

    /// Asks whether the policy allows this permission, such as `orders:read`, to the bearer of the
    /// access token.
    #[must_use]
    pub fn authorize(&self, permission: &str) -> Act {
        self.act(Verb::Authorize).about(permission)
    }

    /// Replaces the password by a new one.
    #[must_use]
    pub fn change_password(&self, new: &str) -> Act {
        self.act(Verb::ChangePassword).with_new_password(new)
    }

    /// Asks who the bearer of the access token is.
    #[must_use]
    pub fn who_am_i(&self) -> Act {
        self.act(Verb::WhoAmI)
    }

    /// Lists the own sessions.
    #[must_use]
    pub fn sessions(&self) -> Act {
        self.act(Verb::Sessions)
    }

    /// Ends the own session whose tokens were saved under this name.
    #[must_use]
    pub fn revoke_session(&self, saved: &str) -> Act {
        self.act(Verb::RevokeSession).about(saved)
    }

    /// Ends the own session.
    #[must_use]
    pub fn logout(&self) -> Act {
        self.act(Verb::Logout)
    }

    /// Makes the account of the first administrator, with the code of [`Act::begin_setup`].
    #[must_use]
    pub fn complete_setup(&self) -> Act {
        self.act(Verb::CompleteSetup)
    }

    fn act(&self, verb: Verb) -> Act {
        let mut act = step::Act::new(verb, 0..0);
        act.actor = Some(self.0.clone());
        Act(act)
    }
}

/// Calls on the account of another person. The operator makes them, unless [`Act::by`] names a
/// person.
impl Act {
    /// Makes an account with the roles of the person. The operator chooses the password; an
    /// administrator is answered one that the person has to replace.
    #[must_use]
    pub fn create(person: &Person) -> Self {
        Self::on(person, Verb::Create)
    }

    /// Removes the account.
    #[must_use]
    pub fn delete(person: &Person) -> Self {
        Self::on(person, Verb::Delete)
    }

    /// Disables the account, which ends its sessions.
    #[must_use]
    pub fn disable(person: &Person) -> Self {
        Self::on(person, Verb::Disable)
    }

    /// Enables the account again.
    #[must_use]
    pub fn enable(person: &Person) -> Self {
        Self::on(person, Verb::Enable)
    }

    /// Ends all sessions of the account.
    #[must_use]
    pub fn end_sessions(person: &Person) -> Self {
        Self::on(person, Verb::EndSessions)
    }

    /// Removes the counters that block the account.
    #[must_use]
    pub fn unlock(person: &Person) -> Self {
        Self::on(person, Verb::Unlock)
    }

    /// Grants a role to the account.
    #[must_use]
    pub fn grant(person: &Person, role: &str) -> Self {
        Self::on(person, Verb::Grant).about(role)
    }

    /// Takes a role from the account.
    #[must_use]
    pub fn take(person: &Person, role: &str) -> Self {
        Self::on(person, Verb::Take).about(role)
    }

    /// Makes a code with which the first administrator can set the service up.
    #[must_use]
    pub fn begin_setup() -> Self {
        Self(step::Act::new(Verb::BeginSetup, 0..0))
    }

    /// The same call by this person, with its access token.
    #[must_use]
    pub fn by(self, actor: &Person) -> Self {
        self.with(|it| it.actor = Some(actor.0.clone()))
    }

    fn on(person: &Person, verb: Verb) -> Self {
        let mut act = step::Act::new(verb, 0..0);
        act.target = Some(person.0.clone());
        Self(act)
    }
}

/// What a call says besides.
impl Act {
    /// The client calls from this network address.
    #[must_use]
    pub fn from_source(self, source: &str) -> Self {
        self.with(|it| it.source = Some(source.to_owned()))
    }

    /// The client is the device of this name. It keeps the device token of a login, and presents it
    /// at the next one.
    #[must_use]
    pub fn from_device(self, device: &str) -> Self {
        self.with(|it| it.device = Some(device.to_owned()))
    }

    /// The client offers this password.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        self.with(|it| it.password = Some(password.to_owned()))
    }

    /// The client offers a password that is wrong.
    #[must_use]
    pub fn with_wrong_password(self) -> Self {
        self.with_password(WRONG_PASSWORD)
    }

    /// The client states a new password, as a login does that replaces an initial one.
    #[must_use]
    pub fn with_new_password(self, new: &str) -> Self {
        self.with(|it| it.new = Some(new.to_owned()))
    }

    /// The client presents the tokens, or the code, that were saved under this name.
    #[must_use]
    pub fn with_saved(self, name: &str) -> Self {
        self.with(|it| it.with = Some(name.to_owned()))
    }

    /// The client sends this idempotency key with a refresh.
    #[must_use]
    pub fn with_idempotency_key(self, key: &str) -> Self {
        self.with(|it| it.key = Some(key.to_owned()))
    }

    /// The resource in question belongs to this person.
    #[must_use]
    pub fn owned_by(self, owner: &Person) -> Self {
        self.with(|it| it.owner = Some(owner.0.name.clone()))
    }

    /// The tokens, or the code, of the answer are saved under this name.
    #[must_use]
    pub fn save(self, name: &str) -> Self {
        self.with(|it| it.save = Some(name.to_owned()))
    }

    fn about(self, object: &str) -> Self {
        self.with(|it| it.object = Some(object.to_owned()))
    }

    fn with(mut self, change: impl FnOnce(&mut step::Act)) -> Self {
        change(&mut self.0);
        self
    }

    /// The call in words.
    pub(super) fn described(&self) -> String {
        let name = self.0.verb.name();
        match (&self.0.actor, &self.0.target) {
            (Some(actor), Some(target)) => format!("`{name}` on {} by {}", target.name, actor.name),
            (Some(person), None) => format!("`{name}` as {}", person.name),
            (None, Some(target)) => format!("`{name}` on {}", target.name),
            (None, None) => format!("`{name}`"),
        }
    }
}
