//! Writes what an administrator decided for one account, so that an administrator always remains.
//!
//! An account that is active and has the set-up's role must not be lost unless another such account
//! remains, even when several administrators remove each other at the same moment. There is no
//! transaction over two accounts. A loss is therefore three calls in this order:
//!
//! 1. read the account that is to lose the role;
//! 2. write the actor's own account anew, unchanged, if it is active and has the role;
//! 3. write the loss, naming the version that step 1 read.
//!
//! Suppose that no administrator remained. Each of them was lost in a step 3. Of the actors of these
//! losses, take the one whose step 2 came last. It was lost as well, by a flow that read it after
//! that step 2, for otherwise step 3 of that flow would have met another version. But that flow made
//! its own step 2 after its read, and so later than the last one: a contradiction.
//!
//! The operator is bound by none of this: the command line can make another administrator.

use crate::bindings::countersign::auth::account_store::{self, Account};
use crate::bindings::countersign::auth::audit_log::EventKind;
use crate::bindings::countersign::auth::clock;
use crate::bindings::exports::countersign::auth::accounts::AdministrationError;
use crate::flows::accounts;
use crate::flows::authority::Actor;

/// How often a loss is tried again after another flow has written the account, by the actor whose id
/// is the greater of the two. Of several administrators who remove each other in step, at least one
/// has the smaller id, and that one goes on.
const MAX_TRIES: u32 = 4;

/// The change that an operation makes to an account.
pub(crate) enum Change {
    Nothing,
    Remove,
    Replace(Box<Account>),
}

/// An operation on one account.
pub(crate) struct Operation<'a> {
    pub(crate) actor: &'a Actor,
    /// The permission that it needs.
    pub(crate) permission: &'a str,
    /// The set-up's role.
    pub(crate) administrator: &'a str,
    /// The event to record once it is done, and the role that the event is about.
    pub(crate) event: (EventKind, Option<&'a str>),
}

impl Operation<'_> {
    /// Carries out what `decide` wants for the account `id` and records the event; does neither when
    /// it wants nothing. Returns the account as it is afterwards, or as it was before its removal.
    pub(crate) fn carry_out(
        &self,
        id: &str,
        decide: &dyn Fn(Account) -> Result<Change, AdministrationError>,
    ) -> Result<Account, AdministrationError> {
        let mut tries = 0_u32;
        loop {
            let account = find(id)?;
            self.actor.may_touch(&account)?;
            let change = decide(account.clone())?;
            if matches!(change, Change::Nothing) {
                return Ok(account);
            }
            let loses = self.is_loss(&account, &change);
            let actor = match loses {
                true => self.stand_by()?,
                false => self.actor.renewed(self.permission)?,
            };
            actor.may_touch(&account)?;
            if let Some(account) = write(&actor, account, change)? {
                let (kind, object) = self.event;
                actor.note(kind, id, object);
                return Ok(account);
            }
            tries = tries.saturating_add(1);
            let yields = actor.account().is_some_and(|actor| actor.id.as_str() > id);
            if loses && yields && tries >= MAX_TRIES {
                return Err(AdministrationError::Busy);
            }
        }
    }

    /// Whether the change takes an administrator away.
    fn is_loss(&self, account: &Account, change: &Change) -> bool {
        let is_one = |account: &Account| accounts::is_active_with(account, self.administrator);
        match change {
            Change::Nothing => false,
            Change::Remove => is_one(account),
            Change::Replace(changed) => is_one(account) && !is_one(changed),
        }
    }

    /// Writes the actor's own account anew: it is the administrator who remains.
    fn stand_by(&self) -> Result<Actor, AdministrationError> {
        loop {
            let actor = self.actor.renewed(self.permission)?;
            let Some(account) = actor.account() else {
                return Ok(actor);
            };
            if !accounts::is_active_with(account, self.administrator) {
                return Err(AdministrationError::LastAdministrator);
            }
            if accounts::replace(account, account.clone(), account.updated_at).is_ok() {
                return Ok(actor);
            }
        }
    }
}

/// Writes the change. Returns `None` when another flow wrote the account first.
///
/// A changed account must not have more rights than the actor either: an account that loses a role
/// with denials may gain rights.
fn write(
    actor: &Actor,
    account: Account,
    change: Change,
) -> Result<Option<Account>, AdministrationError> {
    Ok(match change {
        Change::Nothing => Some(account),
        Change::Remove => account_store::remove(&account.id, account.version)
            .is_ok()
            .then_some(account),
        Change::Replace(changed) => {
            actor.may_touch(&changed)?;
            accounts::replace(&account, *changed, clock::now()).ok()
        }
    })
}

/// Finds the account with this id.
pub(crate) fn find(id: &str) -> Result<Account, AdministrationError> {
    account_store::find(id).ok_or(AdministrationError::NotFound)
}
