//! Invariants of access tokens.

use auth_runtime::Expectation;

use super::knowledge::Knowledge;
use super::round::Round;
use super::view::View;
use crate::claims::{Claims, claims};
use crate::policy::{AUDIENCE, ISSUER};

/// A token of which the component was asked whether it verifies.
pub(crate) struct Probe {
    is_changed: bool,
    is_alive: bool,
    is_verified: bool,
}

impl Probe {
    /// Asks about the latest token, about one of the earlier ones, and about a changed one.
    pub(crate) fn all(
        known: &Knowledge,
        round: &Round<'_>,
        verify: impl Fn(&str, &Expectation) -> bool,
    ) -> Vec<Self> {
        let leeway_seconds = known.settings.token.leeway_seconds;
        let expectation = Expectation {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            leeway_seconds,
        };
        let Some((latest, latest_claims)) = known.issued.last() else {
            return Vec::new();
        };
        let (earlier, earlier_claims) = &known.issued[known.rounds % known.issued.len()];
        let probe = |token: &str, claims: &Claims, is_changed| {
            let end = (claims.expires_at + u64::from(leeway_seconds)) * 1_000;
            Self {
                is_changed,
                is_alive: round.ended < end,
                is_verified: verify(token, &expectation),
            }
        };
        vec![
            probe(latest, latest_claims, false),
            probe(earlier, earlier_claims, false),
            probe(&changed(latest, known.rounds), latest_claims, true),
        ]
    }
}

/// The token with one other character.
fn changed(token: &str, number: usize) -> String {
    let place = number * 31 % token.len();
    let mut bytes = token.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn live_as_long_as_they_say(view: &View<'_>) -> Result<(), String> {
    let probes = view.probes.iter().filter(|probe| !probe.is_changed);
    for probe in probes {
        if probe.is_verified != probe.is_alive {
            return Err(match probe.is_alive {
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
