//! The allocator of the guest, which starts in memory that every instance has from its beginning.
//!
//! When an instance grows its memory, the host changes page protections twice: once for the growth
//! and once before the next instance. That is a large part of the cost of a fresh instance. With
//! enough memory from the start, hardly any call has to grow.
#![allow(
    unsafe_code,
    reason = "an allocator hands out memory that nobody else has"
)]

use std::alloc::Layout;
use std::arch::wasm32::memory_grow;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// The memory that an instance starts with, in bytes: enough for every flow except long lists.
/// Pages that no flow touches cost nothing.
const FIRST_BYTES: usize = 128 * 1024;
const PAGE_BYTES: usize = 64 * 1024;
/// An upper bound, in bytes, of what the allocator takes for itself from a block that it claims.
const OVERHEAD_BYTES: usize = 1024;

static mut FIRST: [u8; FIRST_BYTES] = [0; FIRST_BYTES];

#[global_allocator]
static HEAP: TalcSyncCell<Heap, WasmBinning> = TalcSyncCell::new_wasm(Heap { is_begun: false });

#[derive(Debug)]
struct Heap {
    is_begun: bool,
}

// SAFETY: `acquire` uses no allocator except the one that it is given.
unsafe impl Source for Heap {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let (base, bytes) = if talc.source.is_begun {
            grow(layout)?
        } else {
            talc.source.is_begun = true;
            ((&raw mut FIRST).cast(), FIRST_BYTES)
        };
        // SAFETY: the memory is either new or `FIRST`, to which no other code refers.
        unsafe { talc.claim(base, bytes) }.map(drop).ok_or(())
    }
}

/// Grows the memory by enough for `layout`.
fn grow(layout: Layout) -> Result<(*mut u8, usize), ()> {
    let bytes = layout
        .size()
        .saturating_add(layout.align())
        .saturating_add(OVERHEAD_BYTES);
    let pages = bytes.div_ceil(PAGE_BYTES);
    match memory_grow::<0>(pages) {
        usize::MAX => Err(()),
        before => Ok((
            (before.saturating_mul(PAGE_BYTES)) as *mut u8,
            pages.saturating_mul(PAGE_BYTES),
        )),
    }
}
