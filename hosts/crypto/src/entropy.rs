//! The entropy capability, from the random generator of AWS-LC.

use auth_runtime::{AdapterError, Entropy};

/// The random generator of AWS-LC, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), AdapterError> {
        aws_lc_rs::rand::fill(bytes).map_err(AdapterError::fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_gives_the_same_bytes_twice() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut first).unwrap();
        SystemEntropy.fill(&mut second).unwrap();
        assert_ne!(first, [0; 32]);
        assert_ne!(first, second);
    }
}
