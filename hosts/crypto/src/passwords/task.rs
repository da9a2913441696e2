//! What is to be computed for a password, and what the digest means.

use aws_lc_rs::constant_time;
use zeroize::Zeroizing;

use super::eksblowfish::Input;
use super::memory::Memory;

/// The bytes that a scheme computes from a password and a salt.
pub(crate) type Digest = Zeroizing<Vec<u8>>;

/// The computation of one digest.
pub(crate) enum Task {
    /// bcrypt, which is computed side by side with other inputs of the same cost.
    Bcrypt {
        /// The binary logarithm of the rounds.
        cost: u32,
        /// Salt and key.
        input: Input,
    },
    /// A scheme that has a core and the memory of its thread to itself.
    Alone(Alone),
}

type Alone = Box<dyn FnOnce(&mut Memory) -> anyhow::Result<Digest> + Send>;

/// A hash that is to be made.
pub(crate) struct NewHash {
    pub(super) task: Task,
    pub(super) format: Format,
}

/// The text of a new hash, without its digest.
pub(crate) struct Format {
    pub(super) head: String,
    pub(super) encode: fn(&[u8]) -> String,
}

impl NewHash {
    /// Separates the computation from the text that its digest goes into.
    pub(crate) fn into_parts(self) -> (Task, Format) {
        (self.task, self.format)
    }
}

impl Format {
    /// The PHC or modular-crypt string of a digest.
    pub(crate) fn text(&self, digest: &[u8]) -> String {
        format!("{}{}", self.head, (self.encode)(digest))
    }
}

/// A comparison that is to be made.
pub(crate) struct Comparison {
    pub(super) task: Task,
    pub(super) expected: Digest,
}

impl Comparison {
    /// Separates the computation from the digest that it must give.
    pub(crate) fn into_parts(self) -> (Task, Digest) {
        (self.task, self.expected)
    }
}

/// Whether a digest is the expected one, in a time that does not tell how much of it is.
pub(crate) fn is_same(digest: &[u8], expected: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(digest, expected).is_ok()
}
