//! Arguments of flows that hash: wiped when they are dropped, also those that are copied for the task
//! that runs the flow.

use std::ops::Deref;

use zeroize::Zeroize;

use crate::{Authority, LoginAttempt, NewAccount};

/// An argument that may hold a secret, which is wiped when it is dropped.
pub struct Wiped<T: Secrets>(T);

/// A value with secrets in it.
pub trait Secrets {
    /// Overwrites the secrets.
    fn wipe(&mut self);
}

impl<T: Secrets> Wiped<T> {
    /// Wraps a value, which is moved and not copied.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }
}

/// An argument of a flow, which is copied for the task that runs it.
pub(crate) trait Argument {
    type Copy;

    fn copied(self) -> Self::Copy;
}

impl<T: ToOwned<Owned: Secrets> + ?Sized> Argument for &T {
    type Copy = Wiped<T::Owned>;

    fn copied(self) -> Self::Copy {
        Wiped(self.to_owned())
    }
}

impl<T: ToOwned<Owned: Secrets> + ?Sized> Argument for Option<&T> {
    type Copy = Option<Wiped<T::Owned>>;

    fn copied(self) -> Self::Copy {
        self.map(Argument::copied)
    }
}

/// A copied argument, which is lent to the call in the type of the contract.
pub(crate) trait Lend {
    type Lent<'a>
    where
        Self: 'a;

    fn lend(&self) -> Self::Lent<'_>;
}

impl<T: Secrets> Lend for Wiped<T> {
    type Lent<'a>
        = &'a T
    where
        T: 'a;

    fn lend(&self) -> &T {
        &self.0
    }
}

impl Lend for Option<Wiped<String>> {
    type Lent<'a> = Option<&'a str>;

    fn lend(&self) -> Option<&str> {
        self.as_ref().map(|text| text.as_str())
    }
}

impl<T: Secrets> Deref for Wiped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Secrets> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl Secrets for String {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl Secrets for LoginAttempt {
    fn wipe(&mut self) {
        self.password.zeroize();
        self.new_password.zeroize();
        self.device_token.zeroize();
    }
}

impl Secrets for NewAccount {
    fn wipe(&mut self) {
        self.password.zeroize();
    }
}

impl Secrets for Authority {
    fn wipe(&mut self) {
        if let Self::Bearer(token) = self {
            token.zeroize();
        }
    }
}
