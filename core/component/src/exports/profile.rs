//! Implements the export `profile`: users read their own accounts.

use crate::Component;
use crate::bindings::countersign::auth::policy_source;
use crate::bindings::countersign::auth::types::{AccountView, TokenError};
use crate::bindings::exports::countersign::auth::profile::Guest;
use crate::flows::{accounts, authentication};

impl Guest for Component {
    fn who_am_i(token: String) -> Result<AccountView, TokenError> {
        let bearer = authentication::authenticate(&token, &policy_source::read_settings())?;
        Ok(accounts::view(&bearer.account))
    }
}
