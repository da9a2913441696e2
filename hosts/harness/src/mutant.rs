//! The promises that adapters break, to show what notices.

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
    /// Each write of a counter writes an account as well.
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
    /// A key that signs no more verifies no more either.
    ForgottenKeys,
    /// A secret that makes no more codes verifies none either.
    ForgottenSecrets,
    /// Every signature is right.
    AnySignature,
    /// The clock of those who verify tokens is slow.
    SlowVerifiers,
    /// Events are not recorded.
    LostEvents,
    /// Those who decide do not know rules that deny.
    NoDenials,
}

/// The promises that adapters break, each with the name of an invariant that a simulation finds broken
/// then.
pub const NOTICED: [(Mutant, &str); 28] = [
    (Mutant::AnyPassword, "credentials"),
    (Mutant::SessionsComeBack, "one-successor"),
    (Mutant::ForgottenClients, "replay"),
    (Mutant::SessionsStay, "reuse"),
    (Mutant::SessionsStay, "ended"),
    (Mutant::LostAccountChanges, "ended"),
    (Mutant::LostAccounts, "acknowledged"),
    (Mutant::LostAccountChanges, "acknowledged"),
    (Mutant::SessionsStay, "acknowledged"),
    (Mutant::FailuresTouchAccounts, "refused"),
    (Mutant::ForgottenDevices, "owner"),
    (Mutant::BlocksGrow, "blocked"),
    (Mutant::LongBlocks, "blocks"),
    (Mutant::CountersStay, "cleared"),
    (Mutant::AddressesTwice, "one-account"),
    (Mutant::SlowVerifiers, "lifetime"),
    (Mutant::ForgottenKeys, "lifetime"),
    (Mutant::ForgottenSecrets, "reuse"),
    (Mutant::AnySignature, "forgery"),
    (Mutant::StaleRoles, "roles"),
    (Mutant::EndlessSessions, "session-limits"),
    (Mutant::SessionsStay, "session-limits"),
    (Mutant::UnevenHashes, "alike"),
    (Mutant::CodesComeBack, "set-up"),
    (Mutant::LostEvents, "audit"),
    (Mutant::EternalConflicts, "progress"),
    (Mutant::NoDenials, "rights"),
    (Mutant::LostSessionChanges, "acknowledged"),
];
