//! How deep tables and arrays lie in one another.
//!
//! The parser bounds brackets and the parts of a key, each by itself. A key of many parts for a table
//! in braces, that again with such a key in it, comes to thousands of tables in one another, and
//! dropping these takes more stack than there is.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// Levels below that of the file, the dots of a header apart. No policy needs more than five.
pub(super) const MAX_DEPTH: usize = 32;

/// The byte at which the first table or array too deep begins. Where brackets do not match, some of
/// them count on.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut around = Vec::new();
    let mut depth = 0_usize;
    for token in Source::new(text).lex() {
        match token.kind() {
            TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket => {
                depth = depth.saturating_add(1);
                around.push((token.kind(), depth));
            }
            TokenKind::RightCurlyBracket => leave(&mut around, TokenKind::LeftCurlyBracket),
            TokenKind::RightSquareBracket => leave(&mut around, TokenKind::LeftSquareBracket),
            TokenKind::Dot => depth = depth.saturating_add(1),
            TokenKind::Comma | TokenKind::Newline => depth = level(&around),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(token.span().start());
        }
    }
    None
}

fn leave(around: &mut Vec<(TokenKind, usize)>, open: TokenKind) {
    around.pop_if(|(kind, _)| *kind == open);
}

fn level(around: &[(TokenKind, usize)]) -> usize {
    around.last().map_or(0, |(_, depth)| *depth)
}
