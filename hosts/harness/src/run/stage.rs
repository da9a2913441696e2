//! The people of a story, with what they know: passwords, tokens, devices.

use std::collections::BTreeMap;

use auth_runtime::{
    AccountStatus, Authority, Expectation, LoginAttempt, NewAccount, RefreshRequest, Tokens,
};

use crate::cases::step::Act;
use crate::cases::subject::Subject;
use crate::cases::verb::Verb;
use crate::claims::claims;
use crate::policy::{AUDIENCE, ISSUER, Policy};
use crate::run::administration::Administration;
use crate::run::answer::Answer;
use crate::run::call::Call;

/// Everybody in a story, and the tokens that were saved.
#[derive(Default)]
pub(crate) struct Stage {
    people: BTreeMap<String, Person>,
    saved: BTreeMap<String, Tokens>,
    /// The codes of the set-up by the names under which they were saved; the latest has none.
    codes: BTreeMap<String, String>,
    leeway_seconds: u32,
}

/// What one subject knows.
#[derive(Default)]
struct Person {
    password: String,
    id: Option<String>,
    latest: Option<Tokens>,
    /// The tokens of devices by their names.
    devices: BTreeMap<String, String>,
}

impl Stage {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self {
            leeway_seconds: policy.compiled.settings().token.leeway_seconds,
            ..Self::default()
        }
    }

    /// The call that makes the account of a subject before the story begins.
    pub(crate) fn enter(&mut self, subject: &Subject) -> Call {
        self.person(subject);
        Call::Administer(
            Authority::Operator,
            Administration::Create(new_account(subject, Some(subject.password.clone()))),
        )
    }

    /// Remembers the account of a subject.
    pub(crate) fn entered(&mut self, subject: &Subject, answer: Answer) {
        self.person(subject).id = answer.account_id;
    }

    fn person(&mut self, subject: &Subject) -> &mut Person {
        self.people
            .entry(subject.name.clone())
            .or_insert_with(|| Person {
                password: subject.password.clone(),
                ..Person::default()
            })
    }

    /// The call that an act makes.
    ///
    /// # Errors
    /// With a sentence when the act needs tokens or an account that the story did not make.
    pub(crate) fn call(&mut self, act: &Act) -> Result<Call, String> {
        let object = || act.object.clone().unwrap_or_default();
        Ok(match act.verb {
            Verb::Login => Call::Login(self.login(act)),
            Verb::Refresh => Call::Refresh(self.refresh(act)?),
            Verb::Register => self.register(act),
            Verb::ChangePassword => self.change_password(act)?,
            Verb::Create => self.create(act)?,
            Verb::Authorize => self.authorize(act)?,
            Verb::Sessions => Call::Sessions(self.access_token(act)?),
            Verb::RevokeSession => Call::RevokeSession {
                token: self.access_token(act)?,
                session: self.saved(&object())?.session_id.clone(),
            },
            Verb::Logout => Call::Logout(self.access_token(act)?),
            Verb::WhoAmI => Call::WhoAmI(self.access_token(act)?),
            Verb::BeginSetup => Call::BeginSetup,
            Verb::CompleteSetup => self.complete_setup(act)?,
            _ => Call::Administer(self.authority(act)?, self.administration(act)?),
        })
    }

    fn administration(&mut self, act: &Act) -> Result<Administration, String> {
        let target = self.target(act)?;
        let role = || act.object.clone().unwrap_or_default();
        match act.verb {
            Verb::Delete => Ok(Administration::Delete(target)),
            Verb::EndSessions => Ok(Administration::EndSessions(target)),
            Verb::Grant => Ok(Administration::Grant(target, role())),
            Verb::Take => Ok(Administration::Take(target, role())),
            Verb::Enable => Ok(Administration::SetStatus(target, AccountStatus::Active)),
            Verb::Disable => Ok(Administration::SetStatus(target, AccountStatus::Disabled)),
            Verb::Unlock => Ok(Administration::Unlock(target)),
            other => Err(format!("`{}` does not administer", other.name())),
        }
    }

    /// Remembers what an answer gave.
    pub(crate) fn answered(&mut self, act: &Act, answer: &Answer) {
        if let Some(code) = &answer.code {
            self.codes.insert(String::new(), code.clone());
            self.codes
                .extend(act.save.clone().map(|name| (name, code.clone())));
        }
        let Some(subject) = act.target.as_ref().or(act.actor.as_ref()) else {
            return;
        };
        if let (Some(name), Some(tokens)) = (&act.save, &answer.tokens) {
            self.saved.insert(name.clone(), tokens.clone());
        }
        let person = self.person(subject);
        if let (Some(device), Some(token)) = (&act.device, &answer.device_token) {
            person.devices.insert(device.clone(), token.clone());
        }
        if let Some(tokens) = &answer.tokens {
            let claims = claims(&tokens.access_token);
            person.id = claims.map(|it| it.account_id).or(person.id.take());
            person.latest = Some(tokens.clone());
        }
        if let Some(password) = &answer.initial_password {
            person.password.clone_from(password);
        }
        if answer.outcome == crate::names::OK {
            if let Some(new) = &act.new {
                person.password.clone_from(new);
            }
            if matches!(act.verb, Verb::Create | Verb::CompleteSetup) {
                person.id.clone_from(&answer.account_id);
            }
        }
    }

    fn login(&mut self, act: &Act) -> LoginAttempt {
        let subject = act.actor.as_ref();
        let (password, device_token) = subject
            .map(|subject| {
                let person = self.person(subject);
                let device = act
                    .device
                    .as_ref()
                    .and_then(|device| person.devices.get(device).cloned());
                (person.password.clone(), device)
            })
            .unwrap_or_default();
        LoginAttempt {
            email: subject
                .map(|subject| subject.email.clone())
                .unwrap_or_default(),
            password: act.password.clone().unwrap_or(password),
            new_password: act.new.clone(),
            device_token,
            source: source(act),
            user_agent: user_agent(act),
        }
    }

    fn refresh(&mut self, act: &Act) -> Result<RefreshRequest, String> {
        Ok(RefreshRequest {
            refresh_token: self.tokens(act)?.refresh_token.clone(),
            source: source(act),
            user_agent: user_agent(act),
            idempotency_key: act.key.clone(),
        })
    }

    fn register(&mut self, act: &Act) -> Call {
        let subject = act.actor.as_ref();
        Call::Register {
            email: subject
                .map(|subject| subject.email.clone())
                .unwrap_or_default(),
            password: subject
                .map(|subject| self.person(subject).password.clone())
                .unwrap_or_default(),
            source: source(act),
        }
    }

    fn complete_setup(&mut self, act: &Act) -> Result<Call, String> {
        let name = act.with.clone().unwrap_or_default();
        let code = self.codes.get(&name).cloned();
        let subject = act.actor.as_ref().ok_or("nobody acts")?;
        Ok(Call::CompleteSetup {
            code: code.ok_or("no earlier step began the set-up")?,
            email: subject.email.clone(),
            password: self.person(subject).password.clone(),
        })
    }

    fn change_password(&mut self, act: &Act) -> Result<Call, String> {
        let token = self.access_token(act)?;
        let LoginAttempt {
            password: current,
            device_token: device,
            source,
            ..
        } = self.login(act);
        let new = act.new.clone().unwrap_or_default();
        Ok(Call::ChangePassword {
            token,
            current,
            new,
            source,
            device,
        })
    }

    fn create(&mut self, act: &Act) -> Result<Call, String> {
        let authority = self.authority(act)?;
        let subject = act.target.as_ref().ok_or("nobody is made")?;
        // Only the operator may choose a password.
        let password = matches!(authority, Authority::Operator).then(|| subject.password.clone());
        let account = new_account(subject, password);
        Ok(Call::Administer(authority, Administration::Create(account)))
    }

    fn authorize(&mut self, act: &Act) -> Result<Call, String> {
        let owner = act.owner.as_ref().map(|name| {
            let id = self.people.get(name).and_then(|person| person.id.clone());
            id.unwrap_or_else(|| name.clone())
        });
        Ok(Call::Authorize {
            token: self.access_token(act)?,
            expected: Expectation {
                issuer: ISSUER.to_owned(),
                audience: AUDIENCE.to_owned(),
                leeway_seconds: self.leeway_seconds,
            },
            permission: act.object.clone().unwrap_or_default(),
            owner,
        })
    }

    /// On whose authority an account is administered: the actor's, or the operator's.
    fn authority(&mut self, act: &Act) -> Result<Authority, String> {
        match &act.actor {
            None => Ok(Authority::Operator),
            Some(_) => self.access_token(act).map(Authority::Bearer),
        }
    }

    fn target(&mut self, act: &Act) -> Result<String, String> {
        let target = act.target.as_ref().ok_or("no account is named")?;
        let id = self.person(target).id.clone();
        id.ok_or_else(|| format!("`{}` has no account that the story knows", target.name))
    }

    fn access_token(&mut self, act: &Act) -> Result<String, String> {
        Ok(self.tokens(act)?.access_token.clone())
    }

    /// The tokens that `use` names, or the latest of the actor.
    fn tokens(&mut self, act: &Act) -> Result<&Tokens, String> {
        if let Some(name) = &act.with {
            return self.saved(name);
        }
        let actor = act.actor.as_ref().ok_or("nobody acts")?;
        let latest = self.person(actor).latest.as_ref();
        latest.ok_or_else(|| format!("`{}` has not logged in yet", actor.name))
    }

    fn saved(&self, name: &str) -> Result<&Tokens, String> {
        let saved = self.saved.get(name);
        saved.ok_or_else(|| format!("no earlier step saved tokens as `{name}`"))
    }
}

fn new_account(subject: &Subject, password: Option<String>) -> NewAccount {
    NewAccount {
        email: subject.email.clone(),
        roles: subject.roles.clone(),
        password,
    }
}

fn source(act: &Act) -> String {
    let own = || act.actor.as_ref().map(|subject| subject.source.clone());
    act.source.clone().or_else(own).unwrap_or_default()
}

fn user_agent(act: &Act) -> String {
    act.device.clone().unwrap_or_else(|| "browser".to_owned())
}
