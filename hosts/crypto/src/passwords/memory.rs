//! The memory that Argon2id fills, which a thread keeps from one hash to the next.
//!
//! The system gives fresh pages one by one and zeroed, which takes a good part of the time of a
//! hash. Kept pages cost nothing, but they must not show the next reader what was hashed.

use std::time::{Duration, Instant};

use argon2::Block;

/// How long memory is kept that no hash uses.
const KEPT: Duration = Duration::from_secs(60);

/// The memory of one thread. Between two hashes it holds zeros alone.
#[derive(Default)]
pub(crate) struct Memory {
    blocks: Vec<Block>,
    used_at: Option<Instant>,
}

impl Memory {
    /// Lends `count` blocks to `fill`, and wipes them afterwards. A memory that is too small, or
    /// more than twice too large, is given back first.
    pub(super) fn lend<T>(&mut self, count: usize, fill: impl FnOnce(&mut [Block]) -> T) -> T {
        let kept = self.blocks.len();
        if kept < count || kept > count.saturating_mul(2) {
            self.blocks = Vec::new();
            self.blocks = vec![Block::new(); count];
        }
        let lent = Wiped(&mut self.blocks[..count]);
        let filled = fill(&mut *lent.0);
        drop(lent);
        self.used_at = Some(Instant::now());
        filled
    }

    /// How long a thread that waits for work may keep its memory; `None` if it has none.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.used_at
            .map(|used_at| KEPT.saturating_sub(used_at.elapsed()))
    }

    /// Gives the memory back if no hash has used it for a minute.
    pub(crate) fn give_back_if_idle(&mut self) {
        if self.patience().is_some_and(|patience| patience.is_zero()) {
            *self = Self::default();
        }
    }

    /// The size of the memory in KiB.
    #[cfg(test)]
    pub(crate) fn kib(&self) -> usize {
        self.blocks.len() * Block::SIZE / 1024
    }
}

/// Blocks that are wiped when this is dropped, after a panic as well.
struct Wiped<'a>(&'a mut [Block]);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        // The blocks outlive this function, so the compiler keeps the writes.
        self.0.fill(Block::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn is_wiped(memory: &Memory) -> bool {
        let is_zero = |block: &Block| AsRef::<[u64]>::as_ref(block).iter().all(|word| *word == 0);
        memory.blocks.iter().all(is_zero)
    }

    fn use_up(memory: &mut Memory, count: usize) {
        memory.lend(count, |blocks| {
            assert_eq!(blocks.len(), count);
            blocks.iter_mut().for_each(|block| block.as_mut().fill(7));
        });
    }

    #[test]
    fn is_kept_and_wiped() {
        let mut memory = Memory::default();
        use_up(&mut memory, 64);
        let first = memory.blocks.as_ptr();
        use_up(&mut memory, 64);
        assert_eq!(memory.blocks.as_ptr(), first);
        assert!(is_wiped(&memory));
    }

    #[test]
    fn is_never_more_than_twice_what_was_needed_last() {
        let mut memory = Memory::default();
        for (needed, kept) in [
            (64, 64),
            (32, 64),
            (31, 31),
            (63, 63),
            (1000, 1000),
            (64, 64),
        ] {
            use_up(&mut memory, needed);
            assert_eq!(memory.kib(), kept, "{needed}");
            assert!(is_wiped(&memory));
        }
    }

    #[test]
    fn is_wiped_after_a_panic_too() {
        let mut memory = Memory::default();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            memory.lend(8, |blocks| {
                blocks[0].as_mut().fill(7);
                panic!("a bug");
            })
        }));
        let _: Result<(), _> = panicked;
        assert!(is_wiped(&memory));
    }

    #[test]
    fn is_given_back_when_it_was_not_used_for_a_minute() {
        let mut memory = Memory::default();
        assert_eq!(memory.patience(), None);
        use_up(&mut memory, 8);
        memory.give_back_if_idle();
        assert_eq!(memory.kib(), 8);
        memory.used_at = Instant::now().checked_sub(KEPT);
        memory.give_back_if_idle();
        assert_eq!((memory.kib(), memory.patience()), (0, None));
    }
}
