//! Plays the steps of a story on a service.

use auth_runtime::{Clock, Error};

use crate::cases::step::Act;
use crate::cases::story::{Step, Together};
use crate::cases::subject::Subject;
use crate::gate::Waiting;
use crate::invariants::Watch;
use crate::mismatch::Mismatch;
use crate::names;
use crate::observed::Seen;
use crate::run::answer::Answer;
use crate::run::call::make;
use crate::run::cast::{Cast, observe};
use crate::run::comparison::compare;
use crate::run::director::{Director, Script};
use crate::run::ended::{Ended, ended};
use crate::run::flows::side_by_side;
use crate::run::memory::Memory;
use crate::run::words::{described, told};
use crate::turn::Turn;
use crate::world::World;

/// One run of a story.
pub(crate) struct Play<'a> {
    world: &'a World,
    memory: Memory,
    director: &'a mut dyn Director,
    /// What watches the invariants.
    watch: Option<&'a mut Watch>,
    /// Whether acts that are impossible are left out.
    is_lenient: bool,
    seen: &'a mut Seen,
}

impl<'a> Play<'a> {
    pub(crate) fn new(
        world: &'a World,
        director: &'a mut dyn Director,
        watch: Option<&'a mut Watch>,
        seen: &'a mut Seen,
    ) -> Self {
        world.watch(watch.is_some());
        Self {
            memory: Memory::new(world),
            world,
            director,
            watch,
            is_lenient: false,
            seen,
        }
    }

    /// The same, which goes on after what happened so far.
    pub(crate) fn after(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self
    }

    /// What happened so far.
    pub(crate) fn into_memory(self) -> Memory {
        self.memory
    }

    /// The same, which leaves out acts that need tokens or accounts that there are not.
    pub(crate) fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// What was done so far, if invariants are checked: each step with the order that was taken,
    /// without acts that were impossible.
    pub(crate) fn into_done(self) -> Vec<Step> {
        self.memory.done
    }

    /// Makes the account of a subject before the story begins.
    pub(crate) async fn enter(&mut self, subject: &Subject) -> Result<(), Mismatch> {
        let call = self.memory.stage.enter(subject);
        let answer = make(call, self.world.service(0), &self.world.verifier).await;
        let answer = answer.map_err(|error| Mismatch::failed(&error))?;
        if answer.outcome != names::OK {
            let expected = format!("an account for `{}`", subject.name);
            return Err(Mismatch::new(expected, described(&answer)));
        }
        self.memory.stage.entered(subject, answer);
        if let Some(watch) = &mut self.watch {
            watch.enter(subject, self.world.parts.journal.take());
            let lane = self.world.lane(0);
            lane.audit.audit.take();
            lane.hasher.take_hashes();
        }
        Ok(())
    }

    /// Plays one step, and checks what it expects.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<(), Mismatch> {
        let told = match step {
            Step::Wait(time) => {
                self.world.parts.clocks.time().advance(*time);
                self.memory.done.push(step.clone());
                Ok(())
            }
            Step::Outage(part, is_out) => {
                self.world.parts.outages.set(*part, *is_out);
                self.memory.done.push(step.clone());
                Ok(())
            }
            Step::Event(event) => {
                self.world.happen(*event);
                self.memory.done.push(step.clone());
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
        told.map_err(|mut mismatch| {
            if !self.memory.made.is_empty() {
                let order = self.memory.made.join(", ");
                mismatch.notes.push(format!("in this order: {order}"));
            }
            mismatch
        })
    }

    /// Does something, once or several times.
    async fn act(&mut self, act: &Act) -> Result<(), Mismatch> {
        for time in 1..=act.times {
            let mut judged = self.round(&[act], None).await;
            if let Ok(ended) = &mut judged
                && let Some((act, ended)) = ended.pop()
            {
                judged = self.judge(act, ended).map(|_| Vec::new());
            }
            judged.map_err(|mut mismatch| {
                if act.times > 1 {
                    let note = format!("the {time}. time of {}", act.times);
                    mismatch.notes.push(note);
                }
                mismatch
            })?;
        }
        Ok(())
    }

    /// Does several things at the same time, in the order of this run.
    async fn together(&mut self, together: &Together) -> Result<(), Mismatch> {
        let all = self.side_by_side(together).await?;
        let mut outcomes = Vec::new();
        for (act, ended) in all {
            let judged = self.judge(act, ended);
            outcomes.extend(judged.map_err(|mismatch| mismatch.at(&act.bytes))?);
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

    /// Makes the calls of some acts, alone or together. Returns the answers.
    pub(crate) async fn ask(&mut self, together: &Together) -> Result<Vec<Answer>, Mismatch> {
        let all = match together.acts.as_slice() {
            [act] => self.round(&[act], None).await?,
            _ => self.side_by_side(together).await?,
        };
        let mut answers = Vec::new();
        for (act, ended) in all {
            let Ended::Answered(answer) = ended else {
                return Err(Mismatch::new("an answer", "none"));
            };
            self.memory.stage.answered(act, &answer);
            answers.push(*answer);
        }
        Ok(answers)
    }

    /// Makes the calls of acts that happen at the same time. A client that gets no answer because of
    /// a fault makes its call again.
    async fn side_by_side<'s>(
        &mut self,
        together: &'s Together,
    ) -> Result<Vec<(&'s Act, Ended)>, Mismatch> {
        let acts: Vec<_> = together.acts.iter().collect();
        let mut all = self.round(&acts, Some(together)).await?;
        for (act, ended) in &mut all {
            if together.has_fault && matches!(ended, Ended::Unanswered) {
                let again = self.round(&[*act], None).await?;
                again.into_iter().for_each(|(_, again)| *ended = again);
            }
        }
        Ok(all)
    }

    /// Makes the calls of some acts, and has the invariants checked. Returns what came of each act
    /// that was possible.
    async fn round<'s>(
        &mut self,
        acts: &[&'s Act],
        together: Option<&Together>,
    ) -> Result<Vec<(&'s Act, Ended)>, Mismatch> {
        let cast = self.cast(acts)?;
        if cast.acts.is_empty() {
            return Ok(Vec::new());
        }
        let began = self.world.parts.clocks.time().now();
        let mut turns = Vec::new();
        let answers = if self.watch.is_none() && together.is_none() {
            let call = cast.calls[0].clone();
            let answer = make(call, self.world.service(0), &self.world.verifier).await;
            vec![Some(answer)]
        } else {
            self.direct(&cast, together, &mut turns).await?
        };
        if let Some(watch) = &mut self.watch {
            self.memory
                .done
                .push(cast.retold(together, &answers, &turns));
            observe(watch, self.world, &cast, &answers, began, &turns)?;
        }
        let ended = ended(answers, &turns, self.world.parts.outages.is_any())?;
        Ok(cast.acts.into_iter().zip(ended).collect())
    }

    /// The calls that these acts make now.
    fn cast<'s>(&mut self, acts: &[&'s Act]) -> Result<Cast<'s>, Mismatch> {
        let mut cast = Cast {
            acts: Vec::new(),
            calls: Vec::new(),
        };
        for act in acts {
            match self.memory.stage.call(act) {
                Ok(call) => {
                    cast.acts.push(act);
                    cast.calls.push(call);
                }
                Err(_) if self.is_lenient => {}
                Err(reason) => return Err(Mismatch::new("a call", reason).at(&act.bytes)),
            }
        }
        Ok(cast)
    }

    /// Makes all calls in the order of this run, with its faults.
    async fn direct(
        &mut self,
        cast: &Cast<'_>,
        together: Option<&Together>,
        turns: &mut Vec<Turn>,
    ) -> Result<Vec<Option<Result<Answer, Error>>>, Mismatch> {
        let mut script = Script { turns: [].iter() };
        let director: &mut dyn Director = match together {
            Some(Together {
                order: Some(order), ..
            }) => {
                script.turns = order.iter();
                &mut script
            }
            Some(together) => {
                self.director.begin(together);
                self.director
            }
            None => &mut script,
        };
        let made = &mut self.memory.made;
        let note = |turn, waiting: &[Waiting]| {
            turns.push(turn);
            if together.is_some() {
                made.push(told(turn, &cast.acts, waiting));
            }
        };
        side_by_side(self.world, &cast.calls, director, note).await
    }

    /// Compares an answer with what the act expects, and remembers what it gave. Returns the outcome.
    fn judge(&mut self, act: &Act, ended: Ended) -> Result<Option<&'static str>, Mismatch> {
        let answer = match ended {
            Ended::Answered(answer) => *answer,
            Ended::Unanswered if act.expected.is_empty() => return Ok(None),
            Ended::Unanswered => {
                return Err(Mismatch::new(act.expected.join(" or "), "no answer"));
            }
        };
        self.seen.outcome(act.verb.name(), answer.outcome);
        compare(act, &answer)?;
        self.memory.stage.answered(act, &answer);
        Ok(Some(answer.outcome))
    }
}
