//! What a case file would have to say for a case to pass.

use std::ops::Range;

/// What stands in a case file, and what would stand there as things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The bytes of the file that state what is expected.
    pub bytes: Range<usize>,
    /// What is to take their place.
    pub text: String,
}
