//! Which record is over when, and the removal of those that are.

use redb::ReadableTable;

use crate::failure::Failure;
use crate::tables::Tables;

/// What an entry of the expiry index speaks of; its place in the key.
#[derive(Clone, Copy)]
pub(crate) enum Expiring<'a> {
    /// A throttle counter.
    Counter,
    /// A session, with the id of its account.
    Session(&'a str),
}

const COUNTER: u8 = 1;
const SESSION: u8 = 2;

impl<'a> Expiring<'a> {
    fn tag(self) -> u8 {
        match self {
            Self::Counter => COUNTER,
            Self::Session(_) => SESSION,
        }
    }

    fn account_id(self) -> &'a str {
        match self {
            Self::Counter => "",
            Self::Session(account_id) => account_id,
        }
    }
}

/// Moves the record's entry in the index from where it `was` to where it `is`, if it is any longer.
pub(crate) fn reschedule(
    tables: &mut Tables<'_>,
    what: Expiring<'_>,
    key: &str,
    was: Option<u64>,
    is: Option<u64>,
) -> Result<(), Failure> {
    if was == is {
        return Ok(());
    }
    if let Some(was) = was {
        tables.expiries.remove((was, what.tag(), key))?;
    }
    if let Some(is) = is {
        tables
            .expiries
            .insert((is, what.tag(), key), what.account_id())?;
    }
    Ok(())
}

/// Removes up to `max` records that were over before `now`, and tells how many it removed.
pub(crate) fn sweep(tables: &mut Tables<'_>, now: u64, max: usize) -> Result<usize, Failure> {
    let mut removed = 0_usize;
    while removed < max {
        let Some((expires_at, tag, key, account_id)) = first(tables, now)? else {
            break;
        };
        match tag {
            COUNTER => drop(tables.counters.remove(key.as_str())?),
            SESSION => {
                tables.sessions.remove(key.as_str())?;
                tables
                    .account_sessions
                    .remove((account_id.as_str(), key.as_str()))?;
            }
            // Nothing else was ever written; an entry that is not understood must not block others.
            _ => {}
        }
        tables.expiries.remove((expires_at, tag, key.as_str()))?;
        removed = removed.saturating_add(1);
    }
    Ok(removed)
}

type Entry = (u64, u8, String, String);

fn first(tables: &Tables<'_>, now: u64) -> Result<Option<Entry>, Failure> {
    let Some(entry) = tables.expiries.first()? else {
        return Ok(None);
    };
    let (key, account_id) = entry;
    let (expires_at, tag, key) = key.value();
    let over = expires_at < now;
    Ok(over.then(|| {
        (
            expires_at,
            tag,
            key.to_owned(),
            account_id.value().to_owned(),
        )
    }))
}
