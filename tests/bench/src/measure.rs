//! Medians of alternating batches: other load on the machine affects all operations alike.

use std::time::{Duration, Instant};

/// How many batches each operation has.
const ROUNDS: usize = 61;

/// The median time of one call of each operation, in microseconds.
pub fn interleaved<const N: usize>(calls: u32, mut operations: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut samples: [Vec<f64>; N] = [const { Vec::new() }; N];
    for round in 0..=ROUNDS {
        for (operation, samples) in operations.iter_mut().zip(&mut samples) {
            let time = batch(calls, operation);
            // The first batch warms up and does not count.
            if round > 0 {
                samples.push(time);
            }
        }
    }
    samples.map(median)
}

/// The median of the samples.
pub fn median(samples: Vec<f64>) -> f64 {
    quantile(samples, 0.5)
}

/// The quantile: the sample that this share of all samples does not exceed.
pub fn quantile(mut samples: Vec<f64>, share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples[(last as f64 * share).round() as usize]
}

/// A duration in microseconds.
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn batch(calls: u32, operation: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        operation();
    }
    micros(start.elapsed()) / f64::from(calls)
}
