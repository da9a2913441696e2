//! Limits how deeply tables and arrays are nested.
//!
//! The parser limits the nesting of brackets and the number of parts in a key, but not both
//! together. A key of many parts whose value is an inline table with another key of many parts
//! yields thousands of nested tables, and dropping them takes more stack than the guest has.

use std::ops::Range;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// The most levels below the file, without the dots of a header. No policy needs more than five.
pub(super) const MAX_DEPTH: usize = 32;

/// Returns the bytes with which the first table or array that is too deep begins. Brackets without a
/// partner may add to the count.
pub(super) fn too_deep(text: &str) -> Option<Range<usize>> {
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
            return Some(token.span().start()..token.span().end());
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
