//! The error of this crate.

use std::error::Error;

/// The result of this crate. Each error is one sentence for the person who runs the build.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;
