//! Which cases are run, and how.

use std::num::NonZeroUsize;

use crate::case::{Case, Kind};

/// Which cases are run, and how.
#[derive(Default)]
pub struct Options {
    /// Only cases whose `file: kind: name` contains one of these texts; all when there is none.
    pub filters: Vec<String>,
    /// Only cases of these kinds; of all when there is none. Malformed files are always among them.
    pub kinds: Vec<Kind>,
    /// How many threads run cases; by default as many as the machine has cores. The results do not
    /// depend on it.
    pub jobs: Option<NonZeroUsize>,
    /// A promise that the stores break, to show that the cases notice.
    pub mutant: Option<Mutant>,
}

/// A promise of the contract that an adapter breaks. Cases that hold on it show nothing about the
/// promise, and a simulation that finds nothing on it is blind for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// New accounts are acknowledged and not kept.
    LostAccounts,
    /// Changes of accounts are acknowledged and not kept.
    LostAccountChanges,
    /// Changes of sessions are acknowledged and not kept.
    LostSessionChanges,
    /// A session is written under any version, and also after it was removed.
    SessionsComeBack,
    /// Removals of sessions are acknowledged and not carried out.
    SessionsStay,
    /// Sessions expire a year later than they should.
    EndlessSessions,
    /// The client that rotated a session is not kept.
    ForgottenClients,
    /// Counters are acknowledged and not kept.
    LostCounters,
    /// Removals of counters are acknowledged and not carried out.
    CountersStay,
    /// A block lasts an hour longer than it should.
    LongBlocks,
    /// A block gets longer whenever it is read.
    BlocksGrow,
    /// Counters are never written, because another write always came first.
    EternalConflicts,
    /// Whoever writes a counter writes an account as well.
    FailuresTouchAccounts,
    /// Accounts are read without their roles.
    StaleRoles,
    /// An address that is taken can be used again.
    AddressesTwice,
    /// A one-time code is written under any version.
    CodesComeBack,
    /// Every password is right.
    AnyPassword,
    /// The hash of an account costs more than that of a decoy.
    UnevenHashes,
    /// No device token has the right code.
    ForgottenDevices,
    /// Every signature is right.
    AnySignature,
    /// The clock of those who verify tokens is slow.
    SlowVerifiers,
    /// Events are not recorded.
    LostEvents,
    /// Those who decide do not know rules that deny.
    NoDenials,
}

impl Options {
    pub(crate) fn selects(&self, case: &Case) -> bool {
        let is_kind =
            self.kinds.is_empty() || case.kind == Kind::File || self.kinds.contains(&case.kind);
        let named = || {
            format!(
                "{}: {}: {}",
                case.span.source.path().display(),
                case.kind.name(),
                case.name
            )
        };
        is_kind
            && (self.filters.is_empty() || {
                let name = named();
                self.filters.iter().any(|filter| name.contains(filter))
            })
    }
}
