//! Power cuts at arbitrary moments: what somebody was told of is there afterwards, whole.

use std::sync::Arc;

use auth_runtime::{Session, SessionStore};
use tokio::task::JoinSet;

use super::medium::{Event, Fault, Medium, write_at};
use super::{assert_consistent, open_on, session};
use crate::EmbeddedStore;

const SESSIONS: usize = 24;
const CUTS: usize = 150;

/// The unit in which a disk writes all or nothing, in bytes.
const SECTOR: usize = 512;

/// Each session goes from 0, not there, by way of versions to this, removed.
const REMOVED: u64 = 4;

fn stage(found: Option<&Session>, before: u64) -> u64 {
    match found {
        Some(session) => session.version,
        None if before == 0 => 0,
        None => REMOVED,
    }
}

fn id(index: usize) -> String {
    format!("session-{index:02}")
}

/// Xorshift: the same cuts each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Takes one session through its stages and writes down, in the history of the disk, what it was
/// told. After a failure it looks: what it then sees, it was told.
async fn live(store: Arc<EmbeddedStore>, medium: Medium, index: usize) {
    let mut at = 0;
    while at < REMOVED {
        let written = match at {
            0 => store.insert(session(&id(index), 1)).await.is_ok(),
            3 => SessionStore::remove(&*store, &id(index)).await.is_ok(),
            version => store
                .replace(session(&id(index), version + 1), version)
                .await
                .is_ok(),
        };
        if written {
            at += 1;
        } else {
            medium.fail(None);
            let Ok(found) = SessionStore::find(&*store, &id(index)).await else {
                continue;
            };
            at = stage(found.as_ref(), at);
        }
        medium.learn(index, at);
    }
}

/// The history of a disk whose syncs fail now and then.
async fn history() -> Vec<Event> {
    let medium = Medium::default();
    let store = Arc::new(open_on(&medium));
    let mut lives = JoinSet::new();
    for index in 0..SESSIONS {
        lives.spawn(live(store.clone(), medium.clone(), index));
        if index % 6 == 5 {
            medium.fail(Fault::Syncs);
        }
        tokio::task::yield_now().await;
    }
    lives.join_all().await;
    drop(store);
    medium.events()
}

/// What lies on the disk when the power fails after these events: all that was synced, and of what
/// was written since any part.
fn after_power_cut(events: &[Event], dice: &mut Dice) -> Vec<u8> {
    let (mut disk, mut pending) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Learned { .. } => {}
            Event::SetLen(_) | Event::Write { .. } => pending.push(event),
            Event::Sync => pending.drain(..).for_each(|event| apply(&mut disk, event)),
            Event::FailedSync => apply_some(&mut disk, &mut pending, dice),
        }
    }
    apply_some(&mut disk, &mut pending, dice);
    disk
}

fn apply(disk: &mut Vec<u8>, event: &Event) {
    match event {
        Event::SetLen(len) => disk.resize(*len as usize, 0),
        Event::Write { offset, data } => write_at(disk, *offset, data),
        Event::FailedSync | Event::Learned { .. } | Event::Sync => {}
    }
}

/// Applies some of the events, and of a write some sectors; the others are lost for good.
fn apply_some(disk: &mut Vec<u8>, pending: &mut Vec<&Event>, dice: &mut Dice) {
    for event in pending.drain(..) {
        match (event, dice.roll(3)) {
            (_, 0) => {}
            (Event::Write { offset, data }, 1) => {
                for (sector, bytes) in data.chunks(SECTOR).enumerate() {
                    if dice.roll(2) == 0 {
                        write_at(disk, offset + (sector * SECTOR) as u64, bytes);
                    }
                }
            }
            _ => apply(disk, event),
        }
    }
}

/// The last stage that was told of each session.
fn learned(events: &[Event]) -> [u64; SESSIONS] {
    let mut learned = [0; SESSIONS];
    for event in events {
        if let Event::Learned { session, stage } = event {
            learned[*session] = *stage;
        }
    }
    learned
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_nothing_that_was_told() {
    let events = history().await;
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::FailedSync))
    );
    let dice = &mut Dice(0x9e37_79b9_7f4a_7c15);
    let born = events
        .iter()
        .position(|event| matches!(event, Event::Learned { .. }))
        .unwrap();
    for _ in 0..CUTS {
        let cut = born + dice.roll(events.len() - born);
        let store = open_on(&Medium::holding(after_power_cut(&events[..cut], dice)));
        assert_consistent(&store);
        for (index, told) in learned(&events[..cut]).into_iter().enumerate() {
            let found = SessionStore::find(&store, &id(index)).await.unwrap();
            let stage = stage(found.as_ref(), told);
            // The one write that was under way may have come to be.
            assert!(
                (told..=told + 1).contains(&stage),
                "cut {cut}: {told} told, {stage} found"
            );
        }
    }
}
