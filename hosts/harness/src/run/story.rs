//! Tells a story, in every order that it asks for.

use std::collections::BTreeMap;

use crate::cases::step::Act;
use crate::cases::story::{Step, Story};
use crate::cases::subject::Subject;
use crate::cases::verb::Verb;
use crate::invariants::Watch;
use crate::mismatch::Mismatch;
use crate::observed::Seen;
use crate::run::director::Exhaustive;
use crate::run::play::Play;
use crate::world::World;

/// The most orders of one story. More would take minutes.
pub(crate) const MAX_ORDERS: usize = 100_000;

pub(crate) fn run(world: &World, story: &Story, now: u64, seen: &mut Seen) -> Result<(), Mismatch> {
    let mut director = Exhaustive::default();
    for _ in 0..MAX_ORDERS {
        world.reset_with(now, story.seed);
        let mut watch = story.has_invariants.then(|| Watch::new(world.policy()));
        let mut play = Play::new(world, &mut director, watch.as_mut(), seen);
        world.runtime.block_on(tell(&mut play, &story.steps))?;
        if !director.advance() {
            return Ok(());
        }
    }
    let actual = format!("more than {MAX_ORDERS} orders, which take too long");
    Err(Mismatch::new("each order of what happens together", actual))
}

/// Tells a story once as the director says, and checks the invariants. Returns what was done.
pub(crate) fn once(
    world: &World,
    story: &Story,
    now: u64,
    director: &mut Exhaustive,
) -> (Vec<Step>, Result<(), Mismatch>) {
    world.reset_with(now, story.seed);
    let (mut watch, mut seen) = (Watch::new(world.policy()), Seen::default());
    let mut play = Play::new(world, director, Some(&mut watch), &mut seen);
    let told = world.runtime.block_on(tell(&mut play, &story.steps));
    (play.into_done(), told)
}

/// Makes the accounts, and plays the steps.
pub(crate) async fn tell(play: &mut Play<'_>, steps: &[Step]) -> Result<(), Mismatch> {
    for subject in members(steps).into_values() {
        play.enter(subject).await?;
    }
    for step in steps {
        play.step(step).await?;
    }
    Ok(())
}

/// The subjects that have an account before the story begins: all but those that it makes itself.
fn members(steps: &[Step]) -> BTreeMap<&str, &Subject> {
    let acts = || {
        steps.iter().flat_map(|step| match step {
            Step::Wait(_) | Step::Outage(..) | Step::Event(_) => &[],
            Step::Act(act) => std::slice::from_ref(&**act),
            Step::Together(together) => &together.acts,
        })
    };
    let mut members = BTreeMap::new();
    for act in acts() {
        let concerned = act.actor.iter().chain(&act.target);
        for subject in concerned.filter(|subject| subject.has_account) {
            members.insert(subject.name.as_str(), &**subject);
        }
    }
    for made in acts().filter_map(made) {
        members.remove(made.name.as_str());
    }
    members
}

/// The subject whose account the act makes.
fn made(act: &Act) -> Option<&Subject> {
    match act.verb {
        Verb::Register | Verb::CompleteSetup => act.actor.as_deref(),
        Verb::Create => act.target.as_deref(),
        _ => None,
    }
}
