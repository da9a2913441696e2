//! The connections that are open, and which of them makes room for another.

use std::collections::HashMap;
use std::sync::Arc;

use auth_rest::Source;
use tokio::task::{AbortHandle, Id};

use crate::activity::Activity;

/// How many connections may be open.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// From everywhere.
    pub all: usize,
    /// From one source.
    pub each: usize,
}

/// The open connections by source. A connection without a source is that of a trusted proxy, which
/// counts among all and gives way to none.
pub struct Places {
    caps: Caps,
    sources: HashMap<Source, Vec<Holder>>,
    of: HashMap<Id, Option<Source>>,
}

/// A connection that holds a place.
struct Holder {
    task: AbortHandle,
    activity: Arc<Activity>,
}

impl Places {
    /// Places of which none is taken.
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            sources: HashMap::new(),
            of: HashMap::new(),
        }
    }

    /// Whether one more connection of this source may open. To make room it closes an idle
    /// connection of the same source when the source has as many as it may. When all places are
    /// taken, it closes one of the source with the most connections or, if no source has more than
    /// the newcomer would have, an idle one of any source.
    pub fn admit(&mut self, source: Option<Source>) -> bool {
        let own = source.map_or(0, |source| self.held(source));
        if own >= self.caps.each {
            return source.is_some_and(|source| self.close_one(source, false));
        }
        if self.of.len() < self.caps.all {
            return true;
        }
        let with_own = own.saturating_add(1);
        let largest = self.sources.iter().max_by_key(|(_, held)| held.len());
        match largest.map(|(source, held)| (*source, held.len())) {
            Some((source, most)) if most > with_own => self.close_one(source, true),
            _ => self
                .with_an_idle_one()
                .is_some_and(|source| self.close_one(source, false)),
        }
    }

    /// Gives a place to the task of a connection.
    pub fn take(&mut self, source: Option<Source>, task: AbortHandle, activity: Arc<Activity>) {
        self.of.insert(task.id(), source);
        if let Some(source) = source {
            let held = self.sources.entry(source).or_default();
            held.push(Holder { task, activity });
        }
    }

    /// Takes back the place of a task that ended.
    pub fn free(&mut self, task: Id) {
        let Some(Some(source)) = self.of.remove(&task) else {
            return;
        };
        if let Some(held) = self.sources.get_mut(&source) {
            held.retain(|holder| holder.task.id() != task);
            if held.is_empty() {
                self.sources.remove(&source);
            }
        }
    }

    fn held(&self, source: Source) -> usize {
        self.sources.get(&source).map_or(0, Vec::len)
    }

    fn with_an_idle_one(&self) -> Option<Source> {
        let is_idle = |holder: &Holder| holder.activity.is_idle();
        let mut sources = self.sources.iter();
        let found = sources.find(|(_, held)| held.iter().any(is_idle));
        found.map(|(source, _)| *source)
    }

    /// Closes the oldest idle connection of a source or, if `even_busy`, its oldest.
    fn close_one(&mut self, source: Source, even_busy: bool) -> bool {
        let Some(held) = self.sources.get_mut(&source) else {
            return false;
        };
        let idle = held.iter().position(|holder| holder.activity.is_idle());
        let Some(chosen) = idle.or(even_busy.then_some(0)) else {
            return false;
        };
        let Holder { task, .. } = held.remove(chosen);
        task.abort();
        // The task ends a moment later, but holds no place any more.
        self.of.remove(&task.id());
        true
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;
    use crate::activity::{Exchange, Timeouts};

    const TIMEOUTS: Timeouts = Timeouts {
        head: Duration::from_secs(1),
        idle: Duration::from_secs(1),
        write: Duration::from_secs(1),
        stream: Duration::from_secs(1),
        drain: Duration::from_secs(1),
    };

    fn source(address: &str) -> Option<Source> {
        Some(Source::of(address.parse().unwrap()))
    }

    struct Connections {
        places: Places,
        tasks: JoinSet<()>,
        open: Vec<Exchange>,
    }

    impl Connections {
        fn new(all: usize, each: usize) -> Self {
            Self {
                places: Places::new(Caps { all, each }),
                tasks: JoinSet::new(),
                open: Vec::new(),
            }
        }

        fn connect(&mut self, from: Option<Source>, busy: bool) -> Option<Id> {
            if !self.places.admit(from) {
                return None;
            }
            let activity = Arc::new(Activity::new(TIMEOUTS));
            if busy {
                self.open.push(activity.begin(false));
            }
            let task = self.tasks.spawn(pending());
            let id = task.id();
            self.places.take(from, task, activity);
            Some(id)
        }

        async fn ended(&mut self) -> Id {
            let ended = self.tasks.join_next_with_id().await.unwrap().unwrap_err();
            self.places.free(ended.id());
            ended.id()
        }
    }

    #[tokio::test]
    async fn one_source_keeps_to_its_share() {
        let mut connections = Connections::new(10, 2);
        let one = source("192.0.2.1");
        let first = connections.connect(one, true);
        let second = connections.connect(one, false);
        assert!(first.is_some() && second.is_some());
        let third = connections.connect(one, true);
        assert!(third.is_some(), "an idle one makes room");
        assert_eq!(Some(connections.ended().await), second);
        assert!(connections.connect(one, true).is_none(), "all are busy");
        assert!(connections.connect(source("192.0.2.2"), true).is_some());
        for _ in 0..5 {
            assert!(connections.connect(None, true).is_some(), "a proxy");
        }
        assert_eq!(connections.places.of.len(), 8);
    }

    #[tokio::test]
    async fn the_largest_source_makes_room_for_others() {
        let mut connections = Connections::new(5, 4);
        let (large, small) = (source("192.0.2.1"), source("192.0.2.2"));
        let oldest = connections.connect(large, true);
        for _ in 0..3 {
            connections.connect(large, true).unwrap();
        }
        connections.connect(small, true).unwrap();
        assert!(connections.connect(source("192.0.2.3"), true).is_some());
        assert_eq!(Some(connections.ended().await), oldest);
        assert!(connections.connect(large, true).is_none(), "its own share");
        assert!(connections.connect(None, true).is_some(), "a proxy");
        assert!(connections.connect(small, true).is_none(), "as many");
        assert!(connections.connect(source("192.0.2.4"), true).is_some());
        let fifth = source("192.0.2.5");
        assert!(connections.connect(fifth, true).is_none(), "one for each");
        assert_eq!(connections.places.of.len(), 5);
    }

    #[tokio::test]
    async fn an_idle_connection_makes_room_for_anybody() {
        let mut connections = Connections::new(2, 2);
        connections.connect(source("192.0.2.1"), true).unwrap();
        let idle = connections.connect(source("192.0.2.2"), false);
        assert!(connections.connect(source("192.0.2.3"), true).is_some());
        assert_eq!(Some(connections.ended().await), idle);
        assert!(connections.connect(source("192.0.2.4"), true).is_none());
    }
}
