//! Randomness that can be had again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use auth_runtime::{AdapterError, Entropy};
use sha2::{Digest, Sha256};

/// The same bytes in the same order for the same seed, and a record of how many were asked for.
#[derive(Default)]
pub struct SeededEntropy {
    seed: u64,
    stream: Mutex<Stream>,
}

#[derive(Default)]
struct Stream {
    blocks: u64,
    requests: Vec<usize>,
}

impl SeededEntropy {
    /// A stream of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            stream: Mutex::default(),
        }
    }

    /// How many bytes each request since the last call was for.
    pub fn take_requests(&self) -> Vec<usize> {
        std::mem::take(&mut self.lock().requests)
    }

    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError> {
        let mut stream = self.lock();
        stream.requests.push(bytes.len());
        for block in bytes.chunks_mut(32) {
            stream.blocks += 1;
            let digest = Sha256::digest(format!("{}/{}", self.seed, stream.blocks));
            block
                .iter_mut()
                .zip(digest)
                .for_each(|(byte, random)| *byte = random);
        }
        Ok(())
    }
}
