//! The doc comments of public items and fields, and how many words each has.

/// A documented public item or field.
#[derive(Debug, PartialEq, Eq)]
pub struct Documented {
    /// The line of the item, counted from 1.
    pub line: usize,
    /// The first line of its source.
    pub item: String,
    /// The words of its doc comment.
    pub words: usize,
}

/// The public items and fields of a Rust file that have a doc comment.
pub fn documented(source: &str) -> Vec<Documented> {
    let mut found = Vec::new();
    let mut words = 0;
    for (index, line) in source.lines().enumerate() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            words += text.split_whitespace().count();
        } else if !line.starts_with('#') {
            if words > 0 && line.starts_with("pub") {
                found.push(Documented {
                    line: index + 1,
                    item: line.to_owned(),
                    words,
                });
            }
            words = 0;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::documented;

    #[test]
    fn counts_the_words_above_each_public_item() {
        let cases: [(&str, &[(usize, usize)]); 6] = [
            ("/// One two\n/// three.\npub fn f() {}", &[(3, 3)]),
            (
                "/// One.\n#[derive(Debug)]\npub struct S {\n    /// One two.\n    pub a: u8,\n}",
                &[(3, 1), (5, 2)],
            ),
            ("/// One.\nfn f() {}\npub fn g() {}", &[]),
            ("pub fn f() {}", &[]),
            ("// One.\npub fn f() {}", &[]),
            ("/// One.\npub(crate) fn f() {}", &[(2, 1)]),
        ];
        for (source, expected) in cases {
            let found = documented(source).into_iter();
            let found: Vec<_> = found.map(|it| (it.line, it.words)).collect();
            assert_eq!(found, expected, "{source}");
        }
    }
}
