//! The sentences of a Markdown page.

/// The sentences of the section below this heading of the second level, in order. Of a row of a table
/// it is the text of the first cell; heads of tables are left out.
pub fn sentences<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let mut lines = page.lines();
    let is_heading = |line: &str| line.strip_prefix("## ") == Some(heading);
    lines.by_ref().find(|line| is_heading(line));
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
    let is_rule = |line: &str| line.starts_with("|--");
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(row) = line.strip_prefix("| ") {
            let is_head = lines.get(index + 1).is_some_and(|next| is_rule(next));
            found.extend((!is_head).then(|| row.split(" |").next().unwrap_or(row)));
        } else if !is_rule(line) {
            found.extend(split(without_mark(line)));
        }
    }
    found
}

/// The line without the mark of an item of a list.
fn without_mark(line: &str) -> &str {
    let line = line.trim();
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = (rest.len() < line.len()).then(|| rest.strip_prefix(". "));
    numbered
        .flatten()
        .or_else(|| line.strip_prefix("- "))
        .unwrap_or(line)
}

/// A sentence ends with a stop before a space and a capital letter or code.
fn split(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (index, _) in line.match_indices(". ") {
        let next = line[index + 2..].chars().next();
        if next.is_some_and(|c| c.is_uppercase() || "`[*".contains(c)) {
            found.push(&line[start..=index]);
            start = index + 2;
        }
    }
    found.push(&line[start..]);
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn finds_each_sentence_and_each_row() {
        let page = "# T\n\n## A\n\nNo.\n\n## B\n\n\
            1. **One.** By RFC 9 §4.2, e.g. here. `code` too.\n- See [it](a.md). And\n\n\
            | what | where |\n|---|---|\n| `a` | b |\n| c | d |\n\n## C\n\nNo.\n";
        let expected = [
            "**One.** By RFC 9 §4.2, e.g. here.",
            "`code` too.",
            "See [it](a.md).",
            "And",
            "`a`",
            "c",
        ];
        assert_eq!(sentences(page, "B"), expected);
        assert_eq!(sentences(page, "D"), [""; 0]);
    }
}
