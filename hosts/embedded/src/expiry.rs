//! The index of the times at which records expire, and the removal of expired records.

use redb::ReadableTable;

use crate::failure::Failure;
use crate::tables::Tables;

/// The kind of record that an entry of the index belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Expiring<'a> {
    /// A one-time code.
    Code,
    /// A throttle counter.
    Counter,
    /// A session, with the id of its account.
    Session(&'a str),
}

// These numbers are part of the key of each entry, so they must never change.
const COUNTER: u8 = 1;
const SESSION: u8 = 2;
const CODE: u8 = 3;

impl<'a> Expiring<'a> {
    fn tag(self) -> u8 {
        match self {
            Self::Code => CODE,
            Self::Counter => COUNTER,
            Self::Session(_) => SESSION,
        }
    }

    fn account_id(self) -> &'a str {
        match self {
            Self::Code | Self::Counter => "",
            Self::Session(account_id) => account_id,
        }
    }
}

/// Moves the record's entry in the index from the time `was` to the time `is`. `None` means that
/// there is no entry, because the record does not exist or does not expire.
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

/// Removes up to `max` records that expired before `now`, and returns how many it removed.
pub(crate) fn sweep(tables: &mut Tables<'_>, now: u64, max: usize) -> Result<usize, Failure> {
    let mut removed = 0_usize;
    while removed < max {
        let Some((expires_at, tag, key, account_id)) = first(tables, now)? else {
            break;
        };
        match tag {
            CODE => drop(tables.codes.remove(key.as_str())?),
            COUNTER => drop(tables.counters.remove(key.as_str())?),
            SESSION => {
                tables.sessions.remove(key.as_str())?;
                tables
                    .account_sessions
                    .remove((account_id.as_str(), key.as_str()))?;
            }
            // A later release wrote this entry. It must not keep the other records from being
            // removed.
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
    let has_passed = expires_at < now;
    Ok(has_passed.then(|| {
        (
            expires_at,
            tag,
            key.to_owned(),
            account_id.value().to_owned(),
        )
    }))
}
