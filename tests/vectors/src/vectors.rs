//! The file of vectors, as `tests/vectors/generate.js` writes it.

use serde::Deserialize;
use serde_json::Value;

/// All vectors, and what they have in common.
#[derive(Deserialize)]
pub struct Vectors {
    /// The issuer that every verifier expects.
    pub issuer: String,
    /// The key set (RFC 7517).
    pub jwks: Value,
    /// The text of the policy file.
    pub policy: String,
    /// Tokens with their verdicts.
    pub tokens: Vec<TokenVector>,
    /// Questions with their decisions.
    pub decisions: Vec<DecisionVector>,
}

/// A token, when and by whom it is checked, and the verdict.
#[derive(Deserialize)]
pub struct TokenVector {
    /// What the token is, in words.
    pub name: String,
    /// The token.
    pub token: String,
    /// The audience that the verifier expects.
    pub audience: String,
    /// The leeway of the verifier, in seconds.
    pub leeway: u32,
    /// The verifier's clock, in milliseconds since 1970.
    pub now: u64,
    /// `valid`, or the name of the refusal.
    pub verdict: Value,
}

/// A question, and the decision.
#[derive(Deserialize)]
pub struct DecisionVector {
    /// The account that wants to act.
    pub subject: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// The permission that it needs.
    pub permission: String,
    /// The account that owns the resource.
    pub owner: Option<String>,
    /// The matched rule as `allowed` or `denied`, or a word.
    pub verdict: Value,
}
