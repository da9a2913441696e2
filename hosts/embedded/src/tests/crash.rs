//! Power cuts at arbitrary moments: a change that a caller was told of exists afterwards, complete.

use std::sync::Arc;

use auth_runtime::{Session, SessionStore};
use tokio::task::JoinSet;

use super::medium::{Event, Fault, Medium, write_at};
use super::{assert_consistent, open_on, session};
use crate::EmbeddedStore;

const SESSIONS: usize = 24;
const CUTS: usize = 150;

/// The number of bytes that a disk writes completely or not at all.
const SECTOR: usize = 512;

/// The last stage. Each session starts at 0, not inserted yet, goes through its versions, and ends
/// removed.
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

/// A xorshift generator, so that every run makes the same cuts.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Takes one session through its stages, and records in the history of the disk which stage a
/// caller learned. After a failed write it reads the session, and the stage it finds counts as
/// learned.
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

/// Returns the history of a disk whose syncs fail from time to time.
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

/// Returns the contents of the disk when the power fails after these events: everything that was
/// synced, and any part of what was written since.
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

/// Applies some of the events, and only some sectors of a write; the others are lost.
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

/// Returns the last stage that a caller learned of each session.
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
            // The one write in progress may have reached the disk.
            assert!(
                (told..=told + 1).contains(&stage),
                "cut {cut}: {told} told, {stage} found"
            );
        }
    }
}
