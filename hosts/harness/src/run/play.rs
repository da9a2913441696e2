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
use crate::run::flows::side_by_side;
use crate::run::stage::Stage;
use crate::run::words::{described, told};
use crate::turn::Turn;
use crate::world::World;

/// One run of a story.
pub(crate) struct Play<'a> {
    world: &'a World,
    stage: Stage,
    director: &'a mut dyn Director,
    /// What watches the invariants.
    watch: Option<&'a mut Watch>,
    /// Whether acts that are impossible are left out.
    is_lenient: bool,
    /// The calls that were made together, in their order.
    made: Vec<String>,
    /// What was done, to be told again.
    done: Vec<Step>,
    seen: &'a mut Seen,
}

/// What came of a flow.
enum Ended {
    Answered(Box<Answer>),
    /// The client got no answer, because of a fault.
    Unanswered,
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
            stage: Stage::new(world.policy()),
            world,
            director,
            watch,
            is_lenient: false,
            made: Vec::new(),
            done: Vec::new(),
            seen,
        }
    }

    /// The same, which leaves out acts that need tokens or accounts that there are not.
    pub(crate) fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// What was done so far: each step with the order that was taken, without acts that were
    /// impossible.
    pub(crate) fn into_done(self) -> Vec<Step> {
        self.done
    }

    /// Makes the account of a subject before the story begins.
    pub(crate) async fn enter(&mut self, subject: &Subject) -> Result<(), Mismatch> {
        let call = self.stage.enter(subject);
        let answer = make(call, self.world.service(0), &self.world.verifier).await;
        let answer = answer.map_err(|error| Mismatch::failed(&error))?;
        if answer.outcome != names::OK {
            let expected = format!("an account for `{}`", subject.name);
            return Err(Mismatch::new(expected, described(&answer)));
        }
        self.stage.entered(subject, answer);
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
                self.world.parts.clock.advance(*time);
                self.done.push(step.clone());
                Ok(())
            }
            Step::Outage(part, is_out) => {
                self.world.parts.outages.set(*part, *is_out);
                self.done.push(step.clone());
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
            if !self.made.is_empty() {
                let order = self.made.join(", ");
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
        let acts: Vec<_> = together.acts.iter().collect();
        let mut all = self.round(&acts, Some(together)).await?;
        // A client that gets no answer makes its call again.
        for (act, ended) in &mut all {
            if together.has_fault && matches!(ended, Ended::Unanswered) {
                let again = self.round(&[*act], None).await?;
                again.into_iter().for_each(|(_, again)| *ended = again);
            }
        }
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
        let began = self.world.parts.clock.now();
        let mut turns = Vec::new();
        let answers = if self.watch.is_none() && together.is_none() {
            let call = cast.calls[0].clone();
            let answer = make(call, self.world.service(0), &self.world.verifier).await;
            vec![Some(answer)]
        } else {
            self.side_by_side(&cast, together, &mut turns).await?
        };
        if self.is_lenient {
            self.done.push(cast.retold(together, &turns));
        }
        if let Some(watch) = &mut self.watch {
            observe(watch, self.world, &cast, &answers, began, &turns)?;
        }
        let has_outage = self.world.parts.outages.is_any();
        let is_disturbed = |lane| {
            let concerns = |turn: &Turn| turn.is_disturbance() && turn.lane() == Some(lane);
            has_outage || turns.iter().any(concerns)
        };
        let ended = answers.into_iter().enumerate().map(|(lane, answer)| {
            Ok(match answer {
                Some(Ok(answer)) => Ended::Answered(Box::new(answer)),
                Some(Err(error)) if !is_disturbed(lane) => return Err(Mismatch::failed(&error)),
                Some(Err(_)) | None => Ended::Unanswered,
            })
        });
        let ended = ended.collect::<Result<Vec<_>, _>>()?;
        Ok(cast.acts.into_iter().zip(ended).collect())
    }

    /// The calls that these acts make now.
    fn cast<'s>(&mut self, acts: &[&'s Act]) -> Result<Cast<'s>, Mismatch> {
        let mut cast = Cast {
            acts: Vec::new(),
            calls: Vec::new(),
        };
        for act in acts {
            match self.stage.call(act) {
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
    async fn side_by_side(
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
        let made = &mut self.made;
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
        let mut answer = match ended {
            Ended::Answered(answer) => *answer,
            Ended::Unanswered if act.expected.is_empty() => return Ok(None),
            Ended::Unanswered => {
                return Err(Mismatch::new(act.expected.join(" or "), "no answer"));
            }
        };
        self.seen.outcome(act.verb.name(), answer.outcome);
        compare(act, &answer)?;
        self.stage.answered(act, &mut answer);
        Ok(Some(answer.outcome))
    }
}
