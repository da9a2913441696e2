//! What the component says of some tokens after a round.

use auth_runtime::Expectation;

use super::knowledge::Knowledge;
use super::round::Round;
use crate::claims::Claims;
use crate::policy::{AUDIENCE, ISSUER};

/// A token of which the component was asked whether it verifies.
pub(crate) struct Probe {
    /// Whether a character of it was changed after it was signed.
    pub(super) is_changed: bool,
    /// Whether it is within its times by its claims; unknown where the clocks decide.
    pub(super) is_alive: Option<bool>,
    /// Whether an earlier key signed it than the latest token.
    pub(super) is_of_earlier_key: bool,
    /// Whether the component accepts it.
    pub(super) is_verified: bool,
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
        let leeway = u64::from(leeway_seconds) * 1_000;
        let (now, slack) = (round.ended, round.slack.verifiers);
        let header = |token: &str| token.split('.').next().map(str::to_owned);
        let probe = |token: &str, claims: &Claims, is_changed| {
            let end = claims.expires_at * 1_000 + leeway;
            let is_begun = claims.issued_at * 1_000 + slack <= now + leeway;
            let is_alive = match () {
                () if now >= end + slack => Some(false),
                () if now + slack < end && is_begun => Some(true),
                () => None,
            };
            Self {
                is_changed,
                is_alive,
                is_of_earlier_key: header(token) != header(latest),
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
