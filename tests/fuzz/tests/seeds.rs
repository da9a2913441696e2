//! The committed seeds of `fuzz/`, and small changes of them, keep the promises of the parsers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use auth_fuzz::{TARGETS, run};

/// The changes of each seed. The changes are the same in every run.
const CHANGES: usize = 400;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).expect("a folder");
    let name = |path: PathBuf| {
        path.file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    files
        .map(|file| name(file.expect("a file").path()))
        .collect()
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder().join("seeds").join(target)).expect("a folder");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a seed"))
        .collect()
}

/// A seed with a few bytes flipped, cut, doubled, or replaced by those of another one.
fn changed(seed: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..4) {
        let from = random.usize(0..=bytes.len());
        let to = random.usize(from..=bytes.len().min(from + 8));
        match random.u8(0..5) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.extend_from_within(from..to),
            3 => drop(bytes.splice(from..to, other.iter().skip(from).take(8).copied())),
            _ => bytes
                .iter_mut()
                .skip(from)
                .take(1)
                .for_each(|byte| *byte ^= 1 << random.u8(0..7)),
        }
    }
    bytes
}

#[test]
fn each_target_has_a_file_for_the_fuzzer_and_seeds() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder().join("fuzz_targets")), targets);
    assert_eq!(names(&folder().join("seeds")), targets);
    for target in targets {
        assert!(seeds(&target).len() >= 3, "{target}");
    }
}

#[test]
fn seeds_and_their_changes_break_no_promise() {
    for (target, check) in TARGETS {
        let seeds = seeds(target);
        let mut random = fastrand::Rng::with_seed(8_725);
        for (place, seed) in seeds.iter().enumerate() {
            run(target, seed);
            let other = &seeds[(place + 1) % seeds.len()];
            for _ in 0..CHANGES {
                check(&changed(seed, other, &mut random));
            }
        }
    }
}
