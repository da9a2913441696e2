//! The invariant that every block and every failure comes to an end.

use super::accounts::is_open;
use super::view::{View, is_password_of};
use crate::run::call::Call;

/// The longest wait of an account whose cap is used up, in seconds.
const LONGEST_WAIT_SECONDS: u32 = 86_400;

pub(crate) fn everybody_gets_in_again(view: &View<'_>) -> Result<(), String> {
    let Some(acted) = view.round.alone() else {
        return Ok(());
    };
    let Call::Login(attempt) = acted.call else {
        return Ok(());
    };
    let limits = &view.settings().throttle;
    let blocks = [&limits.account_and_source, &limits.account, &limits.source];
    let blocks = blocks.into_iter().chain([&limits.device]);
    let longest = blocks.map(|limit| limit.max_block_seconds).max();
    let longest = longest.unwrap_or_default().max(LONGEST_WAIT_SECONDS);
    let is_rested = [&attempt.email, &attempt.source].into_iter().all(|of| {
        let failed = view.known.last_failure.get(of);
        let rest = u64::from(longest) * 1_000 + view.round.slack.hosts;
        failed.is_none_or(|at| view.round.began >= at + rest)
    });
    let states = view.states_of_address(&attempt.email);
    let may_enter = states
        .first()
        .is_some_and(|account| is_open(account) && is_password_of(account, &attempt.password));
    if is_rested && may_enter && attempt.new_password.is_none() && !acted.is_ok() {
        return Err(format!("a right login was answered {}", acted.outcome()));
    }
    Ok(())
}
