//! Recognises the passwords that attackers try first.
//!
//! `common.txt` contains the most frequent entries of Django's `common-passwords.txt.gz` (collected
//! by Royce Williams; BSD-3-Clause) and of zxcvbn's `passwords` frequency list (MIT), and sentences
//! with which people reach fifteen characters. Passwords that the rules of this module find without
//! the list are left out.

use sha2::{Digest, Sha256};

/// The first four bytes of the SHA-256 of each line of `common.txt`, as sorted numbers, each stored
/// as its distance from the one before in three bytes: see `build.rs`.
///
/// One text in 700,000 is found although it is not in the list. Its owner must choose another
/// password.
const LISTED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/common.digests"));

/// Rows of keys, alphabets and similar rows, one in each line. A walk that reaches the end of a row
/// goes on at its start.
const WALKS: &str = include_str!("walks.txt");

/// The length from which a repeated piece may form a password. Any shorter piece is refused.
const SHORTEST_PIECE: usize = 8;

/// The fewest characters that can be common. Shorter texts do not decide: what stands around them
/// does.
const SHORTEST_COMMON: usize = 4;

/// Whether `text`, in lower case and NFC, is what an attacker tries first.
pub(super) fn is_common(text: &str) -> bool {
    if text.chars().count() < SHORTEST_COMMON {
        return false;
    }
    let piece = repeated_piece(text);
    let is_short_repetition = piece.len() < text.len() && piece.chars().count() < SHORTEST_PIECE;
    is_short_repetition
        || is_walk(piece)
        || is_listed(piece)
        || has_common_core(piece, char::is_alphanumeric)
        || has_common_core(piece, char::is_alphabetic)
}

/// The shortest piece that forms `text` when repeated at least twice, the last time perhaps in
/// part; otherwise all of `text`.
fn repeated_piece(text: &str) -> &str {
    (1..=text.len() / 2)
        .filter_map(|length| text.split_at_checked(length))
        .find(|(_, rest)| text.starts_with(rest))
        .map_or(text, |(piece, _)| piece)
}

/// Whether `text` is a part of a walk, forwards or backwards.
fn is_walk(text: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    // Three rounds are enough: two full rounds are a repetition, wherever they start.
    WALKS
        .lines()
        .map(|walk| walk.repeat(3))
        .any(|walk| walk.contains(text) || walk.contains(&backwards))
}

fn is_listed(text: &str) -> bool {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
    let digest = u32::from_be_bytes([a, b, c, d]);
    let mut listed = 0_u32;
    LISTED.as_chunks().0.iter().any(|&[high, middle, low]| {
        listed = listed.wrapping_add(u32::from_be_bytes([0, high, middle, low]));
        listed == digest
    })
}

/// Whether `text` holds something common between the first and the last character for which
/// `of_core` is true.
fn has_common_core(text: &str, of_core: fn(char) -> bool) -> bool {
    let core = text.trim_matches(|c| !of_core(c));
    core.len() < text.len() && is_common(core)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = include_str!("common.txt");

    #[test]
    fn every_line_is_found_and_needed() {
        assert!(LINES.lines().is_sorted_by(|a, b| a < b));
        assert!(LINES.lines().count() <= 6_000);
        for line in LINES.lines() {
            assert!(is_listed(line), "{line}");
            assert!(!is_listed(&format!("{line}\n")), "{line}");
            assert_eq!(repeated_piece(line), line);
            assert!(
                !is_walk(line) && !has_common_core(line, char::is_alphabetic),
                "{line}"
            );
        }
        assert!(!is_listed(""));
    }

    #[test]
    fn every_line_is_lower_case_and_composed() {
        for line in LINES.lines().chain(WALKS.lines()) {
            assert_eq!(line, crate::nfc::nfc(&line.to_lowercase()));
        }
    }

    #[test]
    fn every_stretch_of_a_walk_is_found() {
        for walk in WALKS.lines() {
            let round: Vec<char> = walk
                .chars()
                .cycle()
                .take(walk.chars().count() * 5)
                .collect();
            for start in 0..walk.chars().count() {
                for length in SHORTEST_PIECE..round.len() - start {
                    let mut stretch = round[start..][..length].to_vec();
                    assert!(is_common(&String::from_iter(&stretch)));
                    stretch.reverse();
                    assert!(is_common(&String::from_iter(&stretch)));
                }
            }
        }
    }
}
