//! The prose of a file, and the vague phrases in it.

/// Words and phrases that make a reader ask "who?", "which?" or "what?".
pub const VAGUE: [&str; 18] = [
    "anybody",
    "as good as none",
    "as it is",
    "borne",
    "by itself",
    "elsewhere",
    "for good",
    "is over",
    "is there",
    "meanwhile",
    "nobody",
    "somebody",
    "such",
    "that is none",
    "what it is",
    "whatever",
    "whoever",
    "whomever",
];

/// Phrases that begin like a vague one and are plain English.
const PLAIN: [&str; 1] = ["such as"];

/// A word of prose, in lower case, and the number of its line.
pub struct Word {
    /// The line, counted from 1.
    pub line: usize,
    /// Letters, digits and apostrophes.
    pub text: String,
}

/// The words of the comments in Rust or WIT source, code blocks and inline code excluded.
///
/// A comment that follows code on its line is not read: rustfmt and this project give comments a
/// line of their own.
pub fn comment_words(source: &str) -> Vec<Word> {
    let comments = source.lines().enumerate().filter_map(|(index, line)| {
        let text = line.trim_start().strip_prefix("//")?;
        Some((index + 1, text.trim_start_matches(['/', '!'])))
    });
    words(comments)
}

/// The words of a Markdown page, code blocks, inline code and link targets excluded.
pub fn markdown_words(page: &str) -> Vec<Word> {
    words((1..).zip(page.lines()))
}

fn words<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<Word> {
    let mut found = Vec::new();
    let mut in_code_block = false;
    for (line, text) in lines {
        if text.trim_start().starts_with("```") {
            in_code_block = !in_code_block;
        } else if !in_code_block {
            let prose = without_link_targets(&without_inline_code(text)).to_lowercase();
            let parts = prose.split(|c: char| !c.is_alphanumeric() && c != '\'');
            let parts = parts.filter(|part| part.contains(char::is_alphabetic));
            found.extend(parts.map(|part| Word {
                line,
                text: part.to_owned(),
            }));
        }
    }
    found
}

fn without_inline_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

fn without_link_targets(line: &str) -> String {
    let mut parts = line.split("](");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(')').map_or("", |(_, after)| after));
    [first]
        .into_iter()
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The vague phrases among `words`, each with the number of the line it begins on.
pub fn vague_phrases(words: &[Word]) -> Vec<(usize, &'static str)> {
    let begins_with = |position: usize, phrase: &str| {
        let mut following = words[position..].iter();
        phrase
            .split(' ')
            .all(|part| following.next().is_some_and(|word| word.text == part))
    };
    let positions = (0..words.len()).filter(|&at| !PLAIN.iter().any(|it| begins_with(at, it)));
    positions
        .filter_map(|at| {
            let phrase = VAGUE.into_iter().find(|it| begins_with(at, it))?;
            Some((words[at].line, phrase))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Word, comment_words, markdown_words, vague_phrases};

    fn joined(words: &[Word]) -> String {
        let texts: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        texts.join(" ")
    }

    #[test]
    fn reads_comments_and_no_code() {
        let cases = [
            ("let nobody = 1;", ""),
            ("/// The owner's `nobody` key.", "the owner's key"),
            (
                "//! A module.\n\n    // A reason: 3 of\n    // them.",
                "a module a reason of them",
            ),
            (
                "/// Before.\n/// ```\n/// let such = 1;\n/// ```\n/// After.",
                "before after",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(joined(&comment_words(source)), expected, "{source}");
        }
    }

    #[test]
    fn reads_the_prose_of_a_page() {
        let cases = [
            ("# A title\n\n```sh\nsuch\n```\nText.", "a title text"),
            (
                "See [the page](such/whatever.md) and [that](x).",
                "see the page and that",
            ),
            ("| `such` | cell |", "cell"),
        ];
        for (page, expected) in cases {
            assert_eq!(joined(&markdown_words(page)), expected, "{page}");
        }
    }

    #[test]
    fn finds_vague_phrases_and_their_lines() {
        let cases: [(&str, &[(usize, &str)]); 5] = [
            ("The caller decides.", &[]),
            ("Names such as these; a suchlike.", &[]),
            (
                "Such a name, and\nWhoever calls.",
                &[(1, "such"), (2, "whoever")],
            ),
            (
                "A session is\nover. That is none.",
                &[(1, "is over"), (2, "that is none")],
            ),
            ("It stays as it is", &[(1, "as it is")]),
        ];
        for (page, expected) in cases {
            assert_eq!(vague_phrases(&markdown_words(page)), expected, "{page}");
        }
    }
}
