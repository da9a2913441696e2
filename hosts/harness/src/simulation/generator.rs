//! Makes up the steps of a simulation.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::people::{PASSWORDS, People};
use super::profile::Profile;
use crate::adapters::Part;
use crate::cases::step::{Act, WRONG_PASSWORD};
use crate::cases::story::{Step, Together};
use crate::cases::subject::Subject;
use crate::cases::verb::Verb;
use crate::clocks::Whose;
use crate::event::Event;
use crate::policy::Policy;

/// Sources and devices besides those of the people.
const SOURCES: [&str; 2] = ["203.0.113.7", "203.0.113.8"];
const DEVICES: [&str; 2] = ["phone", "laptop"];

/// Long enough for every block and wait to end.
const REST: Duration = Duration::from_secs(49 * 3_600);

/// Makes up the steps of one seed.
pub(crate) struct Generator<'a> {
    rng: Rng,
    profile: &'a Profile,
    people: &'a People,
    roles: Vec<String>,
    permissions: Vec<String>,
    /// The names under which tokens may have been saved, with whose they are.
    saved: Vec<(String, Arc<Subject>)>,
    outage: Option<Part>,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(rng: Rng, profile: &'a Profile, people: &'a People, policy: &Policy) -> Self {
        let roles = policy.role_names().into_iter().map(str::to_owned).collect();
        let compiled = policy.compiled_policy().roles;
        let rules = compiled.into_iter().flat_map(|role| role.rules);
        let mut permissions: Vec<_> = rules
            .map(|rule| rule.permission.replace('*', "read"))
            .collect();
        permissions.push("nothing:asked".to_owned());
        permissions.sort();
        permissions.dedup();
        Self {
            rng,
            profile,
            people,
            roles,
            permissions,
            saved: Vec::new(),
            outage: None,
        }
    }

    pub(crate) fn step(&mut self) -> Step {
        if self.rng.u32(0..8) == 0 {
            return Step::Wait(self.profile.wait(&mut self.rng));
        }
        if let Some(event) = self.profile.event_between(&mut self.rng) {
            return Step::Event(event);
        }
        if let Some(step) = self.outage() {
            return step;
        }
        let most = self.profile.together;
        let acts = if self.rng.bool() {
            1
        } else {
            self.rng.usize(1..=most)
        };
        let first = self.act(None, None);
        let mut acts: Vec<_> = (1..acts).map(|_| self.another(&first)).collect();
        acts.push(first);
        Step::Together(Together {
            bytes: 0..0,
            acts,
            is_exhaustive: false,
            has_fault: false,
            order: None,
            outcomes: Vec::new(),
        })
    }

    /// The steps by which everybody gets in again.
    pub(crate) fn end(&self) -> Vec<Step> {
        let mended = self.outage.map(|part| Step::Outage(part, false));
        let right = Whose::ALL.map(|(_, whose)| Step::Event(Event::Clock(whose, 0)));
        let steps = mended.into_iter().chain(right).chain([Step::Wait(REST)]);
        let mut steps: Vec<_> = steps.collect();
        for member in &self.people.members {
            steps.push(Step::Act(Box::new(Act {
                actor: Some(Arc::clone(member)),
                ..Act::new(Verb::Login, 0..0)
            })));
        }
        steps
    }

    /// A capability that goes out of order or is in order again.
    fn outage(&mut self) -> Option<Step> {
        if let Some(part) = self.outage {
            return (self.rng.u32(0..5) == 0).then(|| {
                self.outage = None;
                Step::Outage(part, false)
            });
        }
        if !self.profile.has_outages || self.rng.u32(0..60) != 0 {
            return None;
        }
        let part = Part::ALL[self.rng.usize(0..Part::ALL.len())].1;
        self.outage = Some(part);
        Some(Step::Outage(part, true))
    }

    /// An act at the same time as another one: often about the same person, since only then they
    /// meet.
    fn another(&mut self, first: &Act) -> Act {
        // A code that is presented once shows nothing.
        let is_race = self.profile.has_races || first.verb == Verb::CompleteSetup;
        if is_race && self.rng.bool() {
            return self.act(None, Some(first.verb));
        }
        match self.rng.u32(0..5) {
            0 => self.act(None, None),
            1 => Act {
                save: None,
                ..first.clone()
            },
            2 => self.act(None, Some(first.verb)),
            _ => {
                let person = first.target.as_ref().or(first.actor.as_ref());
                self.act(person.cloned(), None)
            }
        }
    }

    /// An act, about this person and with this verb if they are given.
    fn act(&mut self, about: Option<Arc<Subject>>, verb: Option<Verb>) -> Act {
        let verb = verb.unwrap_or_else(|| self.profile.verb(&mut self.rng));
        let mut act = Act::new(verb, 0..0);
        if verb.administers() {
            self.administer(&mut act, about);
            return act;
        }
        act.actor = match (verb, about) {
            (Verb::BeginSetup, _) => None,
            (Verb::Register, Some(person)) if !person.has_account => Some(person),
            (Verb::Register, _) => Some(one_of(&mut self.rng, &self.people.newcomers)),
            (Verb::CompleteSetup, _) => Some(one_of(&mut self.rng, &self.people.founders)),
            (_, Some(person)) => Some(person),
            _ => Some(self.person()),
        };
        self.client(&mut act);
        self.tokens(&mut act);
        match verb {
            Verb::ChangePassword => act.new = Some(self.password()),
            Verb::Authorize => {
                let permission = self.rng.usize(0..self.permissions.len());
                act.object = Some(self.permissions[permission].clone());
                let owner = self.rng.bool().then(|| self.person().name.clone());
                act.owner = owner;
            }
            _ => {}
        }
        act
    }

    fn administer(&mut self, act: &mut Act, about: Option<Arc<Subject>>) {
        if self.rng.bool() {
            act.actor = Some(self.person());
        }
        act.target = Some(match act.verb {
            Verb::Create => one_of(&mut self.rng, &self.people.newcomers),
            _ => about.unwrap_or_else(|| self.person()),
        });
        if matches!(act.verb, Verb::Grant | Verb::Take) && !self.roles.is_empty() {
            let role = self.rng.usize(0..self.roles.len());
            act.object = Some(self.roles[role].clone());
        }
    }

    /// Where the client is, and what it offers.
    fn client(&mut self, act: &mut Act) {
        if act.verb.has_client() && self.rng.u32(0..4) == 0 {
            act.source = Some(SOURCES[self.rng.usize(0..SOURCES.len())].to_owned());
        }
        let has_device = match act.verb {
            Verb::Login | Verb::ChangePassword => self.rng.bool(),
            Verb::Refresh => self.rng.u32(0..4) == 0,
            _ => false,
        };
        if has_device {
            act.device = Some(DEVICES[self.rng.usize(0..DEVICES.len())].to_owned());
        }
        let is_owner = self.profile.has_careful_owners && has_device;
        let is_wrong = self.rng.u32(0..100) < self.profile.wrong_percent;
        if act.verb.offers_password() && is_wrong && !is_owner {
            act.password = Some(match self.rng.u32(0..3) {
                0 => self.password(),
                _ => WRONG_PASSWORD.to_owned(),
            });
        }
        if act.verb == Verb::Refresh && self.rng.u32(0..8) == 0 {
            act.key = Some("once more".to_owned());
        }
    }

    /// Which tokens are presented and kept.
    fn tokens(&mut self, act: &mut Act) {
        let Some(actor) = act.actor.clone() else {
            return;
        };
        let own: Vec<_> = self
            .saved
            .iter()
            .filter(|(_, owner)| owner.name == actor.name)
            .map(|(name, _)| name.clone())
            .collect();
        // Recent ones are the most likely to meet something.
        let recent = own.len().saturating_sub(4);
        let choose = |rng: &mut Rng| Some(own[rng.usize(recent..own.len())].clone());
        if act.verb == Verb::RevokeSession {
            act.object = Some(String::new());
            if !own.is_empty() {
                act.object = choose(&mut self.rng);
            }
        }
        let presents = act.verb.presents_tokens() && act.verb != Verb::CompleteSetup;
        if presents && !own.is_empty() && self.rng.u32(0..3) == 0 {
            act.with = choose(&mut self.rng);
        }
        if act.verb.gives_tokens() {
            let name = format!("t{}", self.saved.len() + 1);
            act.save = Some(name.clone());
            self.saved.push((name, actor));
        }
    }

    fn password(&mut self) -> String {
        PASSWORDS[self.rng.usize(0..PASSWORDS.len())].to_owned()
    }

    fn person(&mut self) -> Arc<Subject> {
        let People {
            members,
            newcomers,
            founders,
        } = self.people;
        if self.profile.has_favourite && self.rng.bool() {
            return Arc::clone(&members[0]);
        }
        match self.rng.u32(0..16) {
            0 => one_of(&mut self.rng, founders),
            1..5 => one_of(&mut self.rng, newcomers),
            _ => one_of(&mut self.rng, members),
        }
    }
}

fn one_of(rng: &mut Rng, people: &[Arc<Subject>]) -> Arc<Subject> {
    Arc::clone(&people[rng.usize(0..people.len())])
}
