//! The people of a scenario.

use std::sync::Arc;

use crate::cases::subject::Subject;

/// A person who uses the service. A clone is the same person.
#[derive(Clone)]
pub struct Person(pub(super) Arc<Subject>);

impl Person {
    /// The person of this name, who has no roles. The address is `name@example.com`, the password is
    /// one that every policy accepts, and the source is an address for documentation (RFC 3849) that
    /// follows from the name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let number = name.bytes().fold(0_u16, |number, byte| {
            number.wrapping_mul(31).wrapping_add(byte.into())
        });
        Self(Arc::new(Subject {
            name: name.to_owned(),
            roles: Vec::new(),
            email: format!("{name}@example.com"),
            password: "quiet herons wade past noon".to_owned(),
            source: format!("2001:db8:0:{number:x}::1"),
            has_account: true,
        }))
    }

    /// The same person with these roles. An account has them that [`Scenario::account`] or
    /// [`Act::create`] makes; one that the person registers has the roles that the policy gives.
    ///
    /// [`Scenario::account`]: crate::Scenario::account
    /// [`Act::create`]: crate::Act::create
    #[must_use]
    pub fn roles(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let roles = roles.into_iter().map(Into::into).collect();
        self.with(|it| it.roles = roles)
    }

    /// The same person with this address for e-mail.
    #[must_use]
    pub fn email(self, email: &str) -> Self {
        self.with(|it| email.clone_into(&mut it.email))
    }

    /// The same person with this password at first.
    #[must_use]
    pub fn password(self, password: &str) -> Self {
        self.with(|it| password.clone_into(&mut it.password))
    }

    /// The same person at this network address, from which the calls come unless an act says
    /// otherwise.
    #[must_use]
    pub fn source(self, source: &str) -> Self {
        self.with(|it| source.clone_into(&mut it.source))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    fn with(self, change: impl FnOnce(&mut Subject)) -> Self {
        let mut subject = (*self.0).clone();
        change(&mut subject);
        Self(Arc::new(subject))
    }
}
