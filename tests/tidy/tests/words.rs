//! Comments and documents use few vague words.

use auth_tidy::prose::{Word, comment_words, markdown_words, vague_phrases};
use auth_tidy::{files, pages};

/// How many vague phrases may stand among a thousand words. rustls has 0.7, Cedar 0.3.
const VAGUE_PER_THOUSAND_WORDS: f64 = 1.0;

/// The words of all comments and pages, by file.
fn prose() -> Vec<(String, Vec<Word>)> {
    let code = [
        ("core", ".rs"),
        ("hosts", ".rs"),
        ("tests", ".rs"),
        ("wit", ".wit"),
    ];
    let code = code
        .into_iter()
        .flat_map(|(folder, suffix)| files(folder, suffix));
    let code = code.map(|(path, text)| (path, comment_words(&text)));
    let pages = pages().into_iter();
    let pages = pages.map(|(path, text)| (path, markdown_words(&text)));
    code.chain(pages).collect()
}

#[test]
fn prose_has_few_vague_words() {
    let mut total = 0;
    let mut places = Vec::new();
    for (path, words) in prose() {
        total += words.len();
        let found = vague_phrases(&words).into_iter();
        places.extend(found.map(|(line, phrase)| format!("{path}:{line}: {phrase}")));
    }
    assert!(total > 20_000, "only {total} words were found");
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    let rate = places.len() as f64 * 1000.0 / total as f64;
    assert!(
        rate <= VAGUE_PER_THOUSAND_WORDS,
        "{rate:.1} vague phrases in 1,000 of {total} words, at most {VAGUE_PER_THOUSAND_WORDS}:\n{}",
        places.join("\n")
    );
}
