//! What the engines are asked.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

/// What is asked, and the right answers.
#[derive(Deserialize)]
pub struct Task {
    /// The permissions of each role, as `resource:action`.
    pub roles: BTreeMap<String, Vec<String>>,
    pub questions: Vec<Question>,
}

/// Whether a role allows an action on a resource.
#[derive(Deserialize)]
pub struct Question {
    pub role: String,
    pub resource: String,
    pub action: String,
    pub allowed: bool,
}

/// Answers the question of this number.
pub type Decide = Box<dyn FnMut(usize) -> Result<bool>>;
