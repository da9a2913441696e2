//! The places of the hashing queue: how many there are, and who may take them.
//!
//! Clients that have proved nothing must not use up what all share. Where hashes are slow, the
//! deadline of a flow leaves time for fewer of them than there are places, and only so many count. Of
//! these,
//!
//! - an eighth is kept for those who proved who they are,
//! - registrations get a quarter at most,
//! - one source gets an eighth at most, but two if it comes to that,
//! - the last eighth goes to sources that hold none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_runtime::Claimant;

/// Why there is no place for a claim, as the metric names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The hashes of the places that are taken leave no time for another one.
    Late,
    /// All places are taken that a claimant of this kind may take.
    Full,
    /// The registrations hold all places that they may hold.
    Registrations,
    /// The source holds all places that it may hold.
    Source,
}

/// The places of a queue, and who holds them.
pub(super) struct Places {
    all: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    unproved: usize,
    registrations: usize,
    /// Only sources that hold a place have an entry.
    by_source: HashMap<Arc<str>, usize>,
}

impl Held {
    /// Whether a claimant may have one of `all` places that count.
    fn judge(&self, all: usize, claimant: Claimant, source: Option<&str>) -> Result<(), Refusal> {
        let eighth = all / 8;
        let mut free = all.saturating_sub(self.all);
        if !is_proved(claimant) {
            let open = all - eighth;
            free = free.min(open.saturating_sub(self.unproved));
        }
        if free == 0 {
            return Err(Refusal::Full);
        }
        if claimant == Claimant::Newcomer && self.registrations >= (all / 4).max(1) {
            return Err(Refusal::Registrations);
        }
        let of_source = source.and_then(|source| self.by_source.get(source).copied());
        match of_source {
            Some(places) if places >= eighth.max(2) || free <= eighth => Err(Refusal::Source),
            _ => Ok(()),
        }
    }
}

/// A place, which is free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    claimant: Claimant,
    source: Option<Arc<str>>,
}

impl Places {
    pub(super) fn new(all: usize) -> Self {
        Self {
            all,
            held: Mutex::default(),
        }
    }

    /// The number of places, taken or not.
    pub(super) fn all(&self) -> usize {
        self.all
    }

    /// Takes a place for a claimant from a source, whose flow leaves time for `timely` hashes, its
    /// own among them.
    pub(super) fn take(
        self: &Arc<Self>,
        claimant: Claimant,
        source: Option<&str>,
        timely: usize,
    ) -> Result<Place, Refusal> {
        let mut held = self.lock();
        if held.all >= timely {
            return Err(Refusal::Late);
        }
        held.judge(self.all.min(timely), claimant, source)?;
        let source: Option<Arc<str>> = source.map(Arc::from);
        held.all += 1;
        held.unproved += usize::from(!is_proved(claimant));
        held.registrations += usize::from(claimant == Claimant::Newcomer);
        if let Some(source) = &source {
            *held.by_source.entry(Arc::clone(source)).or_default() += 1;
        }
        Ok(Place {
            places: Arc::clone(self),
            claimant,
            source,
        })
    }

    fn give_back(&self, claimant: Claimant, source: Option<&str>) {
        let mut held = self.lock();
        held.all -= 1;
        held.unproved -= usize::from(!is_proved(claimant));
        held.registrations -= usize::from(claimant == Claimant::Newcomer);
        let Some(source) = source else { return };
        if let Some(places) = held.by_source.get_mut(source) {
            *places -= 1;
            if *places == 0 {
                held.by_source.remove(source);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The source that holds this place, if it is known.
    pub(super) fn source(&self) -> Option<&Arc<str>> {
        self.source.as_ref()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.claimant, self.source.as_deref());
    }
}

/// Whether the claimant is proved: by a device token, a session, or the right to
/// administer.
fn is_proved(claimant: Claimant) -> bool {
    match claimant {
        Claimant::Administrator | Claimant::KnownDevice | Claimant::Session => true,
        Claimant::Newcomer | Claimant::Stranger => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Claimant::{Administrator, KnownDevice, Newcomer, Session, Stranger};

    /// The time suffices for any number of hashes.
    const ANY: usize = usize::MAX;

    fn places(all: usize) -> Arc<Places> {
        Arc::new(Places::new(all))
    }

    /// Takes places until one is refused. Each comes from the source that `source` names.
    fn fill(
        places: &Arc<Places>,
        claimant: Claimant,
        source: impl Fn(usize) -> String,
    ) -> (Vec<Place>, Refusal) {
        let mut taken = Vec::new();
        loop {
            match places.take(claimant, Some(&source(taken.len())), ANY) {
                Ok(place) => taken.push(place),
                Err(refusal) => return (taken, refusal),
            }
        }
    }

    fn one(_: usize) -> String {
        "192.0.2.1".to_owned()
    }

    fn many(number: usize) -> String {
        format!("198.51.100.{number}")
    }

    #[test]
    fn each_kind_has_its_share() {
        use Refusal::{Full, Registrations, Source};
        for (all, claimant, from_one, from_many) in [
            (1, Stranger, (1, Full), (1, Full)),
            (3, Stranger, (2, Source), (3, Full)),
            (3, Newcomer, (1, Registrations), (1, Registrations)),
            (34, Stranger, (4, Source), (30, Full)),
            (34, Newcomer, (4, Source), (8, Registrations)),
            (34, KnownDevice, (4, Source), (34, Full)),
            (34, Session, (4, Source), (34, Full)),
            (400, Stranger, (50, Source), (350, Full)),
            (400, Newcomer, (50, Source), (100, Registrations)),
            (400, Administrator, (50, Source), (400, Full)),
        ] {
            let (taken, refusal) = fill(&places(all), claimant, one);
            assert_eq!((taken.len(), refusal), from_one, "{claimant:?} of {all}");
            let (taken, refusal) = fill(&places(all), claimant, many);
            assert_eq!((taken.len(), refusal), from_many, "{claimant:?} of {all}");
        }
    }

    #[test]
    fn a_claimant_without_a_source_is_bound_by_the_number_of_places_alone() {
        let places = places(34);
        let taken: Vec<_> = (0..34)
            .map(|_| places.take(Administrator, None, ANY).ok().unwrap())
            .collect();
        assert_eq!(
            places.take(Administrator, None, ANY).err(),
            Some(Refusal::Full)
        );
        drop(taken);
        assert_eq!(places.lock().all, 0);
    }

    #[test]
    fn strangers_leave_room_for_those_who_are_known() {
        let places = places(34);
        let strangers = fill(&places, Stranger, many).0;
        assert_eq!(strangers.len(), 30);
        assert_eq!(
            places.take(Newcomer, Some("new"), ANY).err(),
            Some(Refusal::Full)
        );
        for known in [KnownDevice, Session] {
            assert!(places.take(known, Some("a known one"), ANY).is_ok());
        }
    }

    #[test]
    fn shares_are_of_the_places_that_the_time_suffices_for() {
        let places = places(34);
        let timely = 16;
        let mut strangers = Vec::new();
        while let Ok(place) = places.take(Stranger, Some(&many(strangers.len())), timely) {
            strangers.push(place);
        }
        assert_eq!(strangers.len(), 14);
        let known = |source| places.take(KnownDevice, Some(source), timely);
        let _known = [known("a").ok().unwrap(), known("b").ok().unwrap()];
        let late = places.take(Administrator, None, timely);
        assert_eq!(late.err(), Some(Refusal::Late));
    }

    #[test]
    fn the_last_places_are_for_sources_that_hold_none() {
        let places = places(34);
        let mut taken = Vec::new();
        // Twenty sources take what they get, in turns, until none of them gets more.
        loop {
            let more =
                (0..20).filter_map(|source| places.take(Stranger, Some(&many(source)), ANY).ok());
            let more: Vec<_> = more.collect();
            if more.is_empty() {
                break;
            }
            taken.extend(more);
        }
        let (others, refusal) = fill(&places, Stranger, |number| format!("other {number}"));
        assert_eq!((taken.len(), others.len()), (26, 4));
        assert_eq!(refusal, Refusal::Full);
    }

    #[test]
    fn a_place_that_is_given_back_can_be_taken() {
        let places = places(34);
        for _ in 0..100 {
            let (taken, _) = fill(&places, Newcomer, one);
            assert_eq!((taken.len(), places.lock().all), (4, 4));
        }
        assert_eq!(places.lock().all, 0);
        assert!(places.lock().by_source.is_empty());
    }
}
