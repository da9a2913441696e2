//! What those who watch know from earlier steps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use auth_memory::Change;
use auth_runtime::{Account, AccountStatus, PolicySettings, Session};

use super::known::{Device, KnownCounter, KnownRefresh, OF_ACCOUNT};
use super::round::{Acted, Round};
use crate::cases::subject::Subject;
use crate::claims::{Claims, claims};
use crate::journal::Entry;
use crate::run::administration::Administration;
use crate::run::call::Call;

/// What was stored, answered and promised so far.
pub(crate) struct Knowledge {
    pub(crate) settings: PolicySettings,
    /// The accounts by id. What is here was stored before the present round.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// The sessions by id, with those that have expired.
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) counters: BTreeMap<String, KnownCounter>,
    /// The access tokens that were answered.
    pub(crate) issued: Vec<(String, Claims)>,
    pub(crate) refresh_tokens: HashMap<String, KnownRefresh>,
    /// The successors of refresh tokens, with how often the secret behind them had been rotated:
    /// another secret gives the same successor another text.
    pub(crate) successors: HashMap<String, (String, usize)>,
    /// The clients that rotated a session last: source and user agent.
    pub(crate) rotated_by: HashMap<String, (String, String)>,
    /// The sessions whose end was acknowledged.
    pub(crate) ended: BTreeSet<String>,
    pub(crate) devices: HashMap<String, Device>,
    /// How many attempts failed, since the last login, that came from known devices or sessions, by
    /// account.
    pub(crate) device_failures: HashMap<String, u32>,
    /// When an attempt failed last, by address and by source.
    pub(crate) last_failure: HashMap<String, u64>,
    /// How many hashes a refused password costs.
    pub(crate) refusal_hashes: Option<u32>,
    /// How many administrators the set-up has made.
    pub(crate) set_up: usize,
    /// How many rounds there were.
    pub(crate) rounds: usize,
}

impl Knowledge {
    pub(crate) fn new(settings: PolicySettings) -> Self {
        Self {
            settings,
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            counters: BTreeMap::new(),
            issued: Vec::new(),
            refresh_tokens: HashMap::new(),
            successors: HashMap::new(),
            rotated_by: HashMap::new(),
            ended: BTreeSet::new(),
            devices: HashMap::new(),
            device_failures: HashMap::new(),
            last_failure: HashMap::new(),
            refusal_hashes: None,
            set_up: 0,
            rounds: 0,
        }
    }

    /// An account was made before the story began.
    pub(crate) fn enter(&mut self, _: &Subject, entries: Vec<Entry>) {
        for entry in entries {
            self.store(entry, None);
        }
    }

    /// Takes over what happened in a round.
    pub(crate) fn learn(&mut self, round: Round<'_>) {
        self.rounds += 1;
        self.learn_ends(&round);
        for acted in &round.acts {
            self.learn_rotation(acted, &round);
            self.learn_tokens(acted, &round);
            self.learn_attempt(acted, &round);
            if acted.is_ok() && matches!(acted.call, Call::CompleteSetup { .. }) {
                self.set_up += 1;
            }
        }
        // Counters of an account that was unlocked in this round may have the keys of before.
        let renewed: Vec<_> = round
            .accounts()
            .filter(|(_, before, after)| epoch(*before) != epoch(*after))
            .filter_map(|(_, before, after)| Some(before.or(after)?.email.clone()))
            .collect();
        let address = |acted| self.address(acted).filter(|it| !renewed.contains(it));
        let addresses: Vec<_> = round.acts.iter().map(address).collect();
        for entry in round.entries {
            let owner = addresses.get(entry.lane).cloned().flatten();
            self.store(entry, owner);
        }
    }

    /// The session, if it is alive at this time as far as the policy goes.
    pub(crate) fn session_alive_at(&self, id: &str, now: u64) -> Option<&Session> {
        let session = self.sessions.get(id)?;
        let account = self.accounts.get(&session.account_id)?;
        let is_of_epoch = session.epoch == account.session_epoch
            || account.surviving_session.as_ref() == Some(&session.id);
        let is_live = now < session.expires_at && account.status == AccountStatus::Active;
        (is_live && is_of_epoch).then_some(session)
    }

    /// Applies a change. `owner` is the address that the flow was about.
    fn store(&mut self, entry: Entry, owner: Option<String>) {
        match entry.change {
            Change::Account { before, after } => self.store_account(before, after),
            Change::Session { before, after } => {
                if let Some(session) = after {
                    self.sessions.insert(session.id.clone(), session);
                } else if let Some(session) = before {
                    self.sessions.remove(&session.id);
                }
            }
            Change::Counter { key, after, .. } => {
                let kind = key.split(':').next().unwrap_or_default();
                let owner = owner.filter(|_| OF_ACCOUNT.contains(&kind));
                if let Some(counter) = after {
                    let known = KnownCounter {
                        counter,
                        owner,
                        written_at: entry.at,
                    };
                    self.counters.insert(key, known);
                } else {
                    self.counters.remove(&key);
                }
            }
            Change::Code { .. } => {}
        }
    }

    fn store_account(&mut self, before: Option<Account>, after: Option<Account>) {
        if epoch(before.as_ref()) != epoch(after.as_ref()) {
            // The counters of the account have other keys from now on.
            let email = before
                .as_ref()
                .or(after.as_ref())
                .map(|it| it.email.clone());
            for counter in self.counters.values_mut() {
                if counter.owner == email {
                    counter.owner = None;
                }
            }
        }
        match (before, after) {
            (_, Some(account)) => drop(self.accounts.insert(account.id.clone(), account)),
            (Some(account), None) => drop(self.accounts.remove(&account.id)),
            (None, None) => {}
        }
    }

    /// The address that the flow of an act is about, if it offers a password.
    pub(crate) fn address(&self, acted: &Acted<'_>) -> Option<String> {
        match acted.call {
            Call::Login(attempt) => Some(attempt.email.clone()),
            Call::ChangePassword { token, .. } => {
                let account = self.accounts.get(&claims(token)?.account_id)?;
                Some(account.email.clone())
            }
            _ => None,
        }
    }

    /// Learns which sessions were ended by what was acknowledged. Those that began in this round may
    /// have begun afterwards.
    fn learn_ends(&mut self, round: &Round<'_>) {
        let mut ended = Vec::new();
        for acted in round.acts.iter().filter(|acted| acted.is_ok()) {
            let of_account = |id: &str, but: Option<&str>| {
                let own = self.sessions.values().filter(|it| it.account_id == id);
                let ids = own.map(|session| session.id.clone());
                ids.filter(|id| Some(id.as_str()) != but)
                    .collect::<Vec<_>>()
            };
            match acted.call {
                Call::Logout(token) => ended.extend(claims(token).map(|it| it.session_id)),
                Call::RevokeSession { session, .. } => ended.push(session.clone()),
                Call::ChangePassword { token, .. } => {
                    if let Some(claims) = claims(token) {
                        ended.extend(of_account(&claims.account_id, Some(&claims.session_id)));
                    }
                }
                Call::Administer(
                    _,
                    Administration::Delete(id)
                    | Administration::EndSessions(id)
                    | Administration::SetStatus(id, AccountStatus::Disabled),
                ) => ended.extend(of_account(id, None)),
                _ => {}
            }
        }
        self.ended.extend(ended);
    }

    /// Learns which client rotated a session, also when it got no answer.
    fn learn_rotation(&mut self, acted: &Acted<'_>, round: &Round<'_>) {
        let Call::Refresh(request) = acted.call else {
            return;
        };
        for (lane, before, after) in round.sessions() {
            if let (true, Some(_), Some(session)) = (lane == acted.lane, before, after) {
                let client = (request.source.clone(), request.user_agent.clone());
                self.rotated_by.insert(session.id.clone(), client);
            }
        }
    }

    /// Learns which tokens there are.
    fn learn_tokens(&mut self, acted: &Acted<'_>, round: &Round<'_>) {
        let Some((tokens, claims)) = acted
            .tokens()
            .and_then(|tokens| Some((tokens, claims(&tokens.access_token)?)))
        else {
            return;
        };
        let session = claims.session_id.clone();
        let mut generation = 1;
        if let Call::Refresh(request) = acted.call {
            let presented = self.refresh_tokens.get(&request.refresh_token);
            generation = presented.map_or(0, |it| it.generation + 1);
            let (presented, successor) = (&request.refresh_token, &tokens.refresh_token);
            self.successors
                .insert(presented.clone(), (successor.clone(), round.secrets));
        }
        let known = KnownRefresh {
            session,
            generation,
            secrets: round.secrets,
        };
        self.refresh_tokens
            .insert(tokens.refresh_token.clone(), known);
        if let (Call::Login(_), Some(token)) = (acted.call, &tokens.device_token) {
            self.learn_device(token, &claims, round);
        }
        self.issued.push((tokens.access_token.clone(), claims));
    }

    fn learn_device(&mut self, token: &str, claims: &Claims, round: &Round<'_>) {
        let id = &claims.account_id;
        // The oldest state that the login can have seen: what came later ends the device.
        let before = self.accounts.get(id);
        let since = round.accounts().filter_map(|(_, _, after)| after);
        let seen = before.or(since.into_iter().find(|account| account.id == *id));
        if let Some(account) = seen {
            let device = Device {
                account_id: id.clone(),
                session_epoch: account.session_epoch,
                since: round.began,
            };
            self.devices.insert(token.to_owned(), device);
        }
    }

    /// Learns from an attempt to prove a password.
    fn learn_attempt(&mut self, acted: &Acted<'_>, round: &Round<'_>) {
        let (source, device) = match acted.call {
            Call::Login(attempt) => (&attempt.source, attempt.device_token.as_ref()),
            Call::ChangePassword { source, device, .. } => (source, device.as_ref()),
            _ => return,
        };
        let Some(email) = self.address(acted) else {
            return;
        };
        let account = self.accounts.values().find(|it| it.email == email);
        let id = account.map(|account| account.id.clone());
        if acted.is_ok() {
            // Only a login that is alone is sure to clear what others count.
            if let (Some(id), 1) = (id, round.acts.len()) {
                self.device_failures.remove(&id);
            }
            return;
        }
        if let (Some(id), true) = (
            id,
            device.is_some() || !matches!(acted.call, Call::Login(_)),
        ) {
            *self.device_failures.entry(id).or_default() += 1;
        }
        if acted.outcome() == "invalid-credentials" {
            self.refusal_hashes.get_or_insert(acted.hashes);
        }
        self.last_failure.insert(email, round.ended);
        self.last_failure.insert(source.clone(), round.ended);
    }
}

/// The throttle epoch of an account; a new one gives its counters other keys.
fn epoch(account: Option<&Account>) -> Option<u64> {
    account.map(|account| account.throttle_epoch)
}
