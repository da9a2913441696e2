//! Lays a policy file out: one form for spaces, blank lines and lists. Order, values and comments stay.
//!
//! It works on the tokens of the text and not on a tree, so that nothing can be lost that has no place
//! in a tree.

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

/// The most columns of a list that stands on one line.
const MAX_COLUMNS: usize = 100;

/// Lays out the text of a policy file that the component takes. Laying it out again changes nothing.
#[must_use]
pub fn lay_out(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut layout = Layout {
        text: &text,
        tokens: Source::new(&text).lex().into_vec(),
        next: 0,
        out: String::new(),
    };
    layout.lines();
    let content = layout.out.trim_matches('\n');
    if content.is_empty() {
        return String::new();
    }
    format!("{content}\n")
}

struct Layout<'text> {
    text: &'text str,
    tokens: Vec<Token>,
    next: usize,
    out: String,
}

/// A value, with the comments that stand in it.
enum Value<'text> {
    Plain(&'text str),
    List(Vec<Entry<'text>>),
}

/// One line of a list that is written on several.
enum Entry<'text> {
    Element(Value<'text>),
    /// A comment, and whether it stands behind an element.
    Comment(&'text str, bool),
}

impl<'text> Layout<'text> {
    fn lines(&mut self) {
        while let Some(kind) = self.peek() {
            match kind {
                TokenKind::Eof => break,
                TokenKind::Whitespace => self.skip(),
                TokenKind::Newline => {
                    self.skip();
                    // At most one blank line.
                    if !self.out.ends_with("\n\n") {
                        self.out.push('\n');
                    }
                }
                TokenKind::Comment => {
                    let comment = self.take().trim_end();
                    let stands_alone = self.out.is_empty() || self.out.ends_with('\n');
                    self.out += if stands_alone { "" } else { "  " };
                    self.out += comment;
                }
                TokenKind::LeftSquareBracket => self.header(),
                TokenKind::Equals => {
                    self.skip();
                    self.out += " = ";
                    let column = self.column();
                    let value = self.value();
                    write(&mut self.out, &value, column, 0);
                }
                _ => {
                    let part = self.take();
                    self.out += part;
                }
            }
        }
    }

    /// The header of a table, below a blank line; a comment right above it belongs to it.
    fn header(&mut self) {
        let attached = self.out.trim_end_matches('\n').len();
        let is_attached = self.out.len() == attached + 1
            && self
                .out
                .lines()
                .next_back()
                .is_some_and(|line| line.starts_with('#'));
        if !self.out.is_empty() && !is_attached && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        while let Some(kind) = self.peek() {
            match kind {
                TokenKind::Newline | TokenKind::Comment | TokenKind::Eof => break,
                TokenKind::Whitespace => self.skip(),
                _ => {
                    let part = self.take();
                    self.out += part;
                }
            }
        }
    }

    fn value(&mut self) -> Value<'text> {
        self.skip_space();
        match self.peek() {
            Some(TokenKind::LeftSquareBracket) => {
                self.skip();
                Value::List(self.entries())
            }
            Some(TokenKind::LeftCurlyBracket) => Value::Plain(self.braces()),
            _ => Value::Plain(self.plain()),
        }
    }

    fn entries(&mut self) -> Vec<Entry<'text>> {
        let mut entries = Vec::new();
        let mut is_behind = false;
        while let Some(kind) = self.peek() {
            match kind {
                TokenKind::Eof => break,
                TokenKind::RightSquareBracket => {
                    self.skip();
                    break;
                }
                TokenKind::Newline => {
                    is_behind = false;
                    self.skip();
                }
                TokenKind::Comma | TokenKind::Whitespace => self.skip(),
                TokenKind::Comment => {
                    entries.push(Entry::Comment(self.take().trim_end(), is_behind))
                }
                _ => {
                    entries.push(Entry::Element(self.value()));
                    is_behind = true;
                }
            }
        }
        entries
    }

    /// A value of one token or of several that belong together, such as a date and its time.
    fn plain(&mut self) -> &'text str {
        let start = self.place();
        let mut end = start;
        while let Some(token) = self.tokens.get(self.next) {
            match token.kind() {
                TokenKind::Whitespace
                | TokenKind::Newline
                | TokenKind::Comment
                | TokenKind::Comma
                | TokenKind::RightSquareBracket
                | TokenKind::RightCurlyBracket
                | TokenKind::Eof => break,
                _ => end = token.span().end(),
            }
            self.next += 1;
        }
        self.text.get(start..end).unwrap_or_default()
    }

    /// A table in braces, which stays as it is.
    fn braces(&mut self) -> &'text str {
        let start = self.place();
        let (mut end, mut depth) = (start, 0_usize);
        while let Some(token) = self.tokens.get(self.next) {
            self.next += 1;
            end = token.span().end();
            match token.kind() {
                TokenKind::LeftCurlyBracket => depth += 1,
                TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        self.text.get(start..end).unwrap_or_default()
    }

    fn peek(&self) -> Option<TokenKind> {
        self.tokens.get(self.next).map(Token::kind)
    }

    fn place(&self) -> usize {
        let token = self.tokens.get(self.next);
        token.map_or(self.text.len(), |token| token.span().start())
    }

    fn take(&mut self) -> &'text str {
        let start = self.place();
        self.next += 1;
        let end = self
            .tokens
            .get(self.next - 1)
            .map_or(start, |token| token.span().end());
        self.text.get(start..end).unwrap_or_default()
    }

    fn skip(&mut self) {
        self.next += 1;
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(TokenKind::Whitespace) {
            self.skip();
        }
    }

    fn column(&self) -> usize {
        let line = self.out.rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    }
}

fn write(out: &mut String, value: &Value<'_>, column: usize, depth: usize) {
    let entries = match value {
        Value::Plain(text) => {
            out.push_str(text);
            return;
        }
        Value::List(entries) => entries,
    };
    if let Some(line) = on_one_line(entries)
        && column + line.chars().count() <= MAX_COLUMNS
    {
        out.push_str(&line);
        return;
    }
    out.push('[');
    let indent = "  ".repeat(depth + 1);
    for entry in entries {
        match entry {
            Entry::Comment(text, true) => *out += &format!("  {text}"),
            Entry::Comment(text, false) => *out += &format!("\n{indent}{text}"),
            Entry::Element(value) => {
                *out += &format!("\n{indent}");
                write(out, value, indent.len(), depth + 1);
                out.push(',');
            }
        }
    }
    *out += &format!("\n{}]", "  ".repeat(depth));
}

/// The list on one line; `None` when it has a comment or a text of several lines.
fn on_one_line(entries: &[Entry<'_>]) -> Option<String> {
    let elements = entries.iter().map(|entry| match entry {
        Entry::Comment(..) => None,
        Entry::Element(Value::Plain(text)) => (!text.contains('\n')).then(|| (*text).to_owned()),
        Entry::Element(Value::List(entries)) => on_one_line(entries),
    });
    let elements: Option<Vec<_>> = elements.collect();
    Some(format!("[{}]", elements?.join(", ")))
}

#[cfg(test)]
mod tests {
    use auth_rules::policy_file::compile;

    use super::*;

    #[test]
    fn a_file_gets_one_form_and_keeps_its_comments() {
        let text = "\n\n# Head\r\nsession . grace_seconds=5 # short\n\n\n\n[ roles . admin ]  # all\n\
                    allow=[ '*:*' , ]\n# Who registers\n[roles.user]\n\tallow = [ # some\n 'a:b', # one\n\
                    # two\n'a:c'\n]\n\n# end";
        let expected = "# Head\nsession.grace_seconds = 5  # short\n\n[roles.admin]  # all\nallow = ['*:*']\n\
                        # Who registers\n[roles.user]\nallow = [\n  # some\n  'a:b',  # one\n  # two\n  'a:c',\n\
                        ]\n\n# end\n";
        assert_eq!(lay_out(text), expected);
        assert_eq!(lay_out(expected), expected);
        assert_eq!(compile(expected), compile(text));
    }

    #[test]
    fn a_list_that_is_too_long_has_a_line_for_each_element() {
        let short = format!("allow = ['{}:b', 'a:c']\n", "a".repeat(79));
        assert_eq!(lay_out(&short), short);
        let long = format!("allow = ['{}:b', 'a:c']\n", "a".repeat(80));
        assert_eq!(
            lay_out(&long),
            format!("allow = [\n  '{}:b',\n  'a:c',\n]\n", "a".repeat(80))
        );
    }

    #[test]
    fn what_is_laid_out_well_stays_and_means_the_same() {
        let documented = include_str!("../../../countersign.toml");
        assert_eq!(lay_out(documented), documented);
        for text in [
            "",
            "\n",
            "# a",
            "a = 'x # y'",
            "x = { a = 1,\n b = [ 1 ] }",
            "[[a]]\nb = '''\nx\n'''",
        ] {
            let once = lay_out(text);
            assert_eq!(lay_out(&once), once, "{text}");
            assert_eq!(
                once.matches('#').count(),
                text.matches('#').count(),
                "{text}"
            );
        }
    }
}
