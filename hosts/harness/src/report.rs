//! Reports of a run: for people, as JUnit, and as JSON.

mod json;
mod junit;
mod text;

pub use json::render as json;
pub use junit::render as junit;
pub use text::render as text;
