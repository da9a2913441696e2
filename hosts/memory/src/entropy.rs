//! Entropy that repeats for the same seed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use auth_runtime::{AdapterError, Entropy};
use sha2::{Digest, Sha256};

/// Entropy that returns the same bytes in the same order for the same seed, and records each
/// request.
///
/// Each block of 32 bytes is the SHA-256 of the seed and a counter. The bytes are not secret.
#[derive(Default)]
pub struct SeededEntropy(Mutex<Stream>);

#[derive(Default)]
struct Stream {
    seed: u64,
    blocks: u64,
    requests: Vec<usize>,
}

impl SeededEntropy {
    /// Makes the entropy for this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let entropy = Self::default();
        entropy.restart(seed);
        entropy
    }

    /// Returns how many bytes each request asked for, since the last call of this method.
    pub fn take_requests(&self) -> Vec<usize> {
        std::mem::take(&mut self.lock().requests)
    }

    /// Begins again, with the first bytes of this seed.
    pub fn restart(&self, seed: u64) {
        *self.lock() = Stream {
            seed,
            ..Stream::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError> {
        let mut stream = self.lock();
        stream.requests.push(bytes.len());
        for block in bytes.chunks_mut(32) {
            stream.blocks += 1;
            let digest = Sha256::digest(format!("{}/{}", stream.seed, stream.blocks));
            block
                .iter_mut()
                .zip(digest)
                .for_each(|(byte, random)| *byte = random);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(entropy: &SeededEntropy, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        entropy.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_seed_repeats_its_bytes_and_no_others() {
        let first = bytes(&SeededEntropy::new(1), 40);
        assert_eq!(bytes(&SeededEntropy::new(1), 40), first);
        assert_ne!(bytes(&SeededEntropy::new(2), 40), first);
    }

    #[test]
    fn restarting_repeats_the_bytes() {
        let entropy = SeededEntropy::new(1);
        let first = bytes(&entropy, 40);
        entropy.restart(1);
        assert_eq!(bytes(&entropy, 40), first);
        assert_eq!(entropy.take_requests(), [40]);
    }

    #[test]
    fn no_two_requests_get_the_same_bytes() {
        let entropy = SeededEntropy::default();
        assert_ne!(bytes(&entropy, 16), bytes(&entropy, 16));
        assert_eq!(entropy.take_requests(), [16, 16]);
        assert!(entropy.take_requests().is_empty());
    }
}
