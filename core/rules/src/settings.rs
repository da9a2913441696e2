//! The policy settings, and the defaults of those that a policy file does not state.
//!
//! `policy_file` reads these from TOML and refuses impossible values; every other rule takes the part
//! it needs as an argument and trusts it.

/// Everything the policy file can say but the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `[registration]`
    pub registration: Registration,
    /// `[password]`
    pub password: Password,
    /// `[hashing]`
    pub hashing: HashScheme,
    /// `[throttle]`
    pub throttle: Throttle,
    /// `[token]`
    pub token: Token,
    /// `[session]`
    pub session: Session,
    /// `[setup]`
    pub setup: Setup,
}

/// Who may become a user without an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Whether registration is offered.
    pub mode: RegistrationMode,
    /// What a registration tells about the address.
    pub answer: RegistrationAnswer,
    /// Roles of a registered account.
    pub roles: Vec<String>,
}

/// Whether registration is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Administrators make accounts.
    Closed,
    /// People may register.
    Open,
}

/// What a registration tells about the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationAnswer {
    /// The same for a new and a taken address.
    Accept,
    /// Whether the address was taken.
    Disclose,
}

/// What a new password must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// In Unicode scalar values after NFC.
    pub min_length: u32,
    /// In Unicode scalar values after NFC. Longer ones are refused, never cut.
    pub max_length: u32,
    /// Words that must not make up a password.
    pub context_words: Vec<String>,
    /// How long an initial password can be replaced.
    pub initial_hours: u32,
}

/// How a new password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashScheme {
    /// RFC 9106.
    Argon2id {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// HMAC-SHA-256, then bcrypt (passlib's `bcrypt-sha256`, format v2).
    BcryptSha256 {
        /// log2 of the rounds.
        cost: u32,
    },
}

/// The number of failures within a window that begins a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleLimit {
    /// The failure that starts a block.
    pub failures: u32,
    /// How long failures are added up.
    pub window_seconds: u32,
    /// The first block; each one that follows lasts twice as long.
    pub block_seconds: u32,
    /// No block is longer.
    pub max_block_seconds: u32,
}

/// How many failed attempts lead to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Failures on one account from one source.
    pub account_and_source: ThrottleLimit,
    /// Failures on one account from anywhere.
    pub account: ThrottleLimit,
    /// Failures from one source on any account.
    pub source: ThrottleLimit,
    /// Failures on one account from one device that logged in to it before.
    pub device: ThrottleLimit,
    /// Consecutive failures after which an account stays blocked (NIST SP 800-63B-4 §3.2.2).
    pub account_cap: u32,
}

/// Access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Lifetime of an access token.
    pub access_seconds: u32,
    /// How far a verifier's clock may differ.
    pub leeway_seconds: u32,
}

/// Sessions and their refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// A session ends when it was not refreshed for this long.
    pub idle_seconds: u32,
    /// A session ends after this long, however it is used.
    pub absolute_seconds: u32,
    /// How long the token before the current one is still answered with the current one.
    pub grace_seconds: u32,
    /// One more login ends the oldest session.
    pub max_per_account: u32,
    /// How long a device stays known.
    pub device_days: u32,
}

/// The first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The role it gets.
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
