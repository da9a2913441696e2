//! Invariants of access tokens.

use super::view::View;
use crate::claims::claims;

pub(crate) fn live_as_long_as_they_say(view: &View<'_>) -> Result<(), String> {
    let probes = view.probes.iter().filter(|probe| !probe.is_changed);
    for probe in probes {
        if let Some(is_alive) = probe.is_alive
            && is_alive != probe.is_verified
        {
            return Err(match is_alive {
                true => "a token does not verify".to_owned(),
                false => "a token verifies after its end".to_owned(),
            });
        }
    }
    Ok(())
}

pub(crate) fn cannot_be_changed(view: &View<'_>) -> Result<(), String> {
    let verified = view
        .probes
        .iter()
        .any(|probe| probe.is_changed && probe.is_verified);
    match verified {
        true => Err("a token with another character verifies".to_owned()),
        false => Ok(()),
    }
}

pub(crate) fn have_the_roles_of_the_account(view: &View<'_>) -> Result<(), String> {
    let tokens = view.round.acts.iter().filter_map(|acted| acted.tokens());
    for claims in tokens.filter_map(|tokens| claims(&tokens.access_token)) {
        let states = view.states_of_account(&claims.account_id);
        let mut accounts = states.into_iter().flatten();
        if !accounts.any(|account| account.roles == claims.roles) {
            return Err(format!("a token has the roles {:?}", claims.roles));
        }
    }
    Ok(())
}
