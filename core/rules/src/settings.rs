//! The policy settings, and the defaults of those that a policy file does not state.
//!
//! `policy_file` reads these from TOML and refuses impossible values. Every other rule gets the
//! settings it needs as an argument and trusts them.

/// All settings of the policy file, that is, everything except the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The table `[registration]`: who may register.
    pub registration: Registration,
    /// The table `[password]`: what a new password must be.
    pub password: Password,
    /// The table `[hashing]`: how new passwords are hashed.
    pub hashing: HashScheme,
    /// Schemes and costs of stored hashes that are not replaced yet. A refused password costs as
    /// much as a hash of each, so that its time tells nothing.
    pub former_hashing: Vec<HashScheme>,
    /// The table `[throttle]`: how many failed attempts lead to a block.
    pub throttle: Throttle,
    /// The table `[token]`: access tokens.
    pub token: Token,
    /// The table `[session]`: sessions and refresh tokens.
    pub session: Session,
    /// The table `[setup]`: the first administrator.
    pub setup: Setup,
}

/// How people become users without an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Whether people may register without an administrator.
    pub mode: RegistrationMode,
    /// What the answer to a registration tells about the address.
    pub answer: RegistrationAnswer,
    /// The roles that a registered account gets.
    pub roles: Vec<String>,
}

/// Whether people may register without an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Only administrators make accounts.
    Closed,
    /// People may register themselves.
    Open,
}

/// What the answer to a registration tells about the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationAnswer {
    /// The answer is the same for a new and a taken address.
    Accept,
    /// The answer says whether the address was taken.
    Disclose,
}

/// The rule for new passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// The shortest length, in Unicode scalar values after NFC.
    pub min_length: u32,
    /// The longest length, in Unicode scalar values after NFC. Longer passwords are refused, never
    /// cut.
    pub max_length: u32,
    /// Words that a password must not consist of.
    pub context_words: Vec<String>,
    /// The time within which an initial password must be replaced, in hours.
    pub initial_hours: u32,
}

/// The scheme and the cost with which a new password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashScheme {
    /// Argon2id (RFC 9106).
    Argon2id {
        /// The memory for one hash, in KiB.
        memory_kib: u32,
        /// The number of passes over the memory.
        passes: u32,
        /// The degree of parallelism.
        lanes: u32,
    },
    /// HMAC-SHA-256 followed by bcrypt (passlib's `bcrypt-sha256`, format v2).
    BcryptSha256 {
        /// The base-2 logarithm of the number of rounds.
        cost: u32,
    },
}

/// How many failures within a window of time begin a block, and how long the block lasts. Of
/// registrations every attempt counts as a failure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleLimit {
    /// The number of failures in a window that begins a block.
    pub failures: u32,
    /// The length of the window in which failures add up.
    pub window_seconds: u32,
    /// The length of the first block; each one that follows lasts twice as long.
    pub block_seconds: u32,
    /// The longest time that a block can last.
    pub max_block_seconds: u32,
}

/// The limits for failed attempts, by what the attempts have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Failures on one account from one source.
    pub account_and_source: ThrottleLimit,
    /// Failures on one account by strangers, from all known sources, or from all known devices.
    pub account: ThrottleLimit,
    /// Failures from one source on any account.
    pub source: ThrottleLimit,
    /// Failures on one account from one device that logged in to it before.
    pub device: ThrottleLimit,
    /// Attempts to register from one source.
    pub registration: ThrottleLimit,
    /// The number of consecutive failures on an account that are allowed at the usual pace, all ways
    /// to it together (NIST SP 800-63B-4 §3.2.2).
    pub account_cap: u32,
}

/// The settings for access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// How long an access token is valid.
    pub access_seconds: u32,
    /// How much a verifier's clock may differ from the issuer's.
    pub leeway_seconds: u32,
}

/// The settings for sessions and their refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// A session ends when it was not refreshed for this long.
    pub idle_seconds: u32,
    /// A session ends after this time, however much it is used.
    pub absolute_seconds: u32,
    /// How long after a rotation the token before the current one is still answered with the
    /// current one.
    pub grace_seconds: u32,
    /// Who gets that answer.
    pub replay: Replay,
    /// The most sessions of an account; one more login ends the oldest session.
    pub max_per_account: u32,
    /// How long a device stays known after a login.
    pub device_days: u32,
}

/// What makes a refresh with a used token a repetition of the request that used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The source and the user agent of that request, or its idempotency key.
    Client,
    /// Only its idempotency key.
    IdempotencyKey,
}

/// The settings for the first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The role that the first administrator gets.
    pub role: String,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Open,
            answer: RegistrationAnswer::Accept,
            roles: vec!["user".to_owned()],
        }
    }
}

impl Default for Password {
    fn default() -> Self {
        Self {
            min_length: 15,
            max_length: 256,
            context_words: vec!["countersign".to_owned()],
            initial_hours: 72,
        }
    }
}

impl Default for HashScheme {
    fn default() -> Self {
        Self::BcryptSha256 { cost: 12 }
    }
}

impl Default for Throttle {
    fn default() -> Self {
        let limit = |failures, window_seconds, block_seconds, max_block_seconds| ThrottleLimit {
            failures,
            window_seconds,
            block_seconds,
            max_block_seconds,
        };
        Self {
            account_and_source: limit(5, 900, 60, 3600),
            account: limit(30, 900, 60, 3600),
            source: limit(100, 900, 60, 3600),
            device: limit(10, 900, 60, 3600),
            registration: limit(10, 3600, 3600, 3600),
            account_cap: 100,
        }
    }
}

impl Default for Token {
    fn default() -> Self {
        Self {
            access_seconds: 600,
            leeway_seconds: 30,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            idle_seconds: 14 * 86_400,
            absolute_seconds: 30 * 86_400,
            grace_seconds: 10,
            replay: Replay::Client,
            max_per_account: 50,
            device_days: 180,
        }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            role: "admin".to_owned(),
        }
    }
}
