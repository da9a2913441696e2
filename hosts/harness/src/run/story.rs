//! Plays a story, in every order that it asks for.

use std::collections::BTreeMap;

use auth_runtime::Error;

use crate::cases::step::{Act, Verb};
use crate::cases::story::{Step, Story, Together};
use crate::cases::subject::Subject;
use crate::gate::{Fault, Flow};
use crate::mismatch::Mismatch;
use crate::names;
use crate::observed::Seen;
use crate::run::answer::Answer;
use crate::run::call::{Call, make};
use crate::run::orders::Orders;
use crate::run::stage::Stage;
use crate::world::World;

/// The most orders of one story. More would take minutes.
const MAX_ORDERS: usize = 100_000;

pub(crate) fn run(world: &World, story: &Story, now: u64, seen: &mut Seen) -> Result<(), Mismatch> {
    let mut orders = Orders::default();
    for _ in 0..MAX_ORDERS {
        world.reset(now);
        let play = Play {
            world,
            stage: Stage::new(world.policy()),
            orders: &mut orders,
            made: Vec::new(),
            seen,
        };
        world.runtime.block_on(play.run(story))?;
        if !orders.advance() {
            return Ok(());
        }
    }
    let actual = format!("more than {MAX_ORDERS} orders, which take too long");
    Err(Mismatch::new("each order of what happens together", actual))
}

/// What can happen to a call of a store.
const FAULTS: [Option<Fault>; 3] = [None, Some(Fault::Before), Some(Fault::After)];

fn describe(fault: Fault) -> &'static str {
    match fault {
        Fault::Before => " (fails)",
        Fault::After => " (its answer is lost)",
    }
}

/// One run of a story.
struct Play<'a> {
    world: &'a World,
    stage: Stage,
    orders: &'a mut Orders,
    /// The calls that were made together, in their order.
    made: Vec<String>,
    seen: &'a mut Seen,
}

impl Play<'_> {
    async fn run(mut self, story: &Story) -> Result<(), Mismatch> {
        for subject in members(story).into_values() {
            self.enter(subject).await?;
        }
        for step in &story.steps {
            let done = match step {
                Step::Wait(time) => {
                    self.world.parts.clock.advance(*time);
                    Ok(())
                }
                Step::Act(act) => self
                    .act(act)
                    .await
                    .map_err(|mismatch| mismatch.at(&act.bytes)),
                Step::Together(together) => self
                    .together(together)
                    .await
                    .map_err(|mismatch| mismatch.at(&together.bytes)),
            };
            if let Err(mut mismatch) = done {
                if !self.made.is_empty() {
                    mismatch
                        .notes
                        .push(format!("in this order: {}", self.made.join(", ")));
                }
                return Err(mismatch);
            }
        }
        Ok(())
    }

    /// Makes the account of a subject before the story begins.
    async fn enter(&mut self, subject: &Subject) -> Result<(), Mismatch> {
        let call = self.stage.enter(subject);
        let answer = make(call, self.world.service(0), &self.world.verifier).await;
        let answer = answer.map_err(|error| Mismatch::failed(&error))?;
        if answer.outcome != names::OK {
            let expected = format!("an account for `{}`", subject.name);
            return Err(Mismatch::new(expected, described(&answer)));
        }
        self.stage.entered(subject, answer);
        Ok(())
    }

    /// Does something, once or several times.
    async fn act(&mut self, act: &Act) -> Result<(), Mismatch> {
        for time in 1..=act.times {
            let call = self.call(act)?;
            let answer = make(call, self.world.service(0), &self.world.verifier).await;
            let judged = self.judge(act, answer);
            judged.map_err(|mut mismatch| {
                if act.times > 1 {
                    mismatch
                        .notes
                        .push(format!("the {time}. time of {}", act.times));
                }
                mismatch
            })?;
        }
        Ok(())
    }

    /// Does several things at the same time, in the order of this run.
    async fn together(&mut self, together: &Together) -> Result<(), Mismatch> {
        let mut answers = self.side_by_side(together).await?;
        // A client that gets no answer makes its call again.
        for (act, answer) in together.acts.iter().zip(&mut answers) {
            if together.has_fault && answer.is_err() {
                let call = self.call(act)?;
                *answer = make(call, self.world.service(0), &self.world.verifier).await;
            }
        }
        let mut outcomes = Vec::new();
        for (act, answer) in together.acts.iter().zip(answers) {
            outcomes.push(
                self.judge(act, answer)
                    .map_err(|mismatch| mismatch.at(&act.bytes))?,
            );
        }
        outcomes.sort_unstable();
        if !together.outcomes.is_empty() && outcomes != together.outcomes {
            return Err(Mismatch::new(
                together.outcomes.join(", "),
                outcomes.join(", "),
            ));
        }
        Ok(())
    }

    /// Makes the calls of all acts in the order of this run, with its fault.
    async fn side_by_side(
        &mut self,
        together: &Together,
    ) -> Result<Vec<Result<Answer, Error>>, Mismatch> {
        let world = self.world;
        let mut flows: Vec<Flow<'_, Result<Answer, Error>>> = Vec::new();
        for (lane, act) in together.acts.iter().enumerate() {
            flows.push(Box::pin(make(
                self.call(act)?,
                world.service(lane),
                &world.verifier,
            )));
        }
        let (orders, made) = (&mut *self.orders, &mut self.made);
        let mut is_whole = together.has_fault;
        let answers = world.parts.gate.run(flows, |waiting| {
            let (lane, call) = waiting[orders.choose(waiting.len(), together.is_exhaustive)];
            let fault = FAULTS[orders.choose(FAULTS.len(), is_whole)];
            is_whole &= fault.is_none();
            let said = fault.map_or("", describe);
            made.push(format!(
                "{} {} {call}{said}",
                together.acts[lane].verb.name(),
                lane + 1
            ));
            (lane, fault)
        });
        Ok(answers.await)
    }

    /// The call that an act makes now.
    fn call(&mut self, act: &Act) -> Result<Call, Mismatch> {
        let call = self.stage.call(act);
        call.map_err(|reason| Mismatch::new("a call", reason).at(&act.bytes))
    }

    /// Compares an answer with what the act expects, and remembers what it gave.
    fn judge(
        &mut self,
        act: &Act,
        answer: Result<Answer, Error>,
    ) -> Result<&'static str, Mismatch> {
        let mut answer = answer.map_err(|error| Mismatch::failed(&error))?;
        self.seen.outcome(act.verb.name(), answer.outcome);
        if !act.expected.is_empty() && !act.expected.iter().any(|it| it == answer.outcome) {
            return Err(Mismatch::new(act.expected.join(" or "), described(&answer)));
        }
        let retry = act.retry.map(|retry| retry.as_secs());
        if retry.is_some_and(|retry| answer.retry_seconds.map(u64::from) != Some(retry)) {
            let expected = format!(
                "{} for {}s",
                act.expected.join(" or "),
                retry.unwrap_or_default()
            );
            return Err(Mismatch::new(expected, described(&answer)));
        }
        let count = act.count.and_then(|count| usize::try_from(count).ok());
        if count.is_some() && answer.count != count {
            let counted = |count: Option<usize>| format!("{} sessions", count.unwrap_or_default());
            return Err(Mismatch::new(counted(count), counted(answer.count)));
        }
        self.stage.answered(act, &mut answer);
        Ok(answer.outcome)
    }
}

fn described(answer: &Answer) -> String {
    let retry = answer
        .retry_seconds
        .map(|seconds| format!(" for {seconds}s"));
    let detail = (!answer.detail.is_empty()).then(|| format!(": {}", answer.detail));
    [answer.outcome.to_owned()]
        .into_iter()
        .chain(retry)
        .chain(detail)
        .collect()
}

/// The subjects that have an account before the story begins: all but those that it makes itself.
fn members(story: &Story) -> BTreeMap<&str, &Subject> {
    let acts = || {
        story.steps.iter().flat_map(|step| match step {
            Step::Wait(_) => &[],
            Step::Act(act) => std::slice::from_ref(&**act),
            Step::Together(together) => &together.acts,
        })
    };
    let mut members = BTreeMap::new();
    for act in acts() {
        for subject in act.actor.iter().chain(&act.target) {
            members.insert(subject.name.as_str(), &**subject);
        }
    }
    for act in acts() {
        let made = match act.verb {
            Verb::Register => act.actor.as_ref(),
            Verb::Create => act.target.as_ref(),
            _ => None,
        };
        if let Some(made) = made {
            members.remove(made.name.as_str());
        }
    }
    members
}
