//! Doc comments say something that the name does not.

use auth_tidy::doc_comments::documented;
use auth_tidy::files;

/// A doc comment of so few words seldom says more than the name.
const SHORT: usize = 4;

/// How many of a hundred documented public items and fields may have a short one.
const SHORT_PER_CENT: usize = 3;

#[test]
fn few_doc_comments_are_short() {
    let mut total = 0;
    let mut short = Vec::new();
    for folder in ["core", "hosts"] {
        for (path, text) in files(folder, ".rs") {
            let items = documented(&text);
            total += items.len();
            let found = items.into_iter().filter(|item| item.words <= SHORT);
            short.extend(found.map(|it| format!("{path}:{}: {}", it.line, it.item)));
        }
    }
    assert!(total > 500, "only {total} items were found");
    assert!(
        short.len() * 100 <= SHORT_PER_CENT * total,
        "{} of {total} doc comments have {SHORT} words or fewer, at most {SHORT_PER_CENT} %:\n{}",
        short.len(),
        short.join("\n")
    );
}
