//! What one Rust file declares, imports and names, read from its tokens.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// One Rust file, without what is under `#[cfg(test)]`.
#[derive(Debug, Default)]
pub struct SourceFile {
    /// The modules that it declares and files of the crate's folder hold, without those of `#[path]`.
    pub children: BTreeSet<String>,
    /// What its `use` declarations bring in.
    pub imports: Vec<Import>,
    /// The paths of two or more segments that it writes outside `use`.
    pub paths: Vec<Vec<String>>,
    /// The names of the items that it defines.
    pub items: BTreeSet<String>,
}

/// One name brought in by `use`, or all names of a module.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// The local name; `*` for all of a module.
    pub name: String,
    /// Its path, as it is written.
    pub path: Vec<String>,
    /// Whether others see it too (`pub use`).
    pub is_public: bool,
}

impl Import {
    /// Whether it brings in all names of a module.
    pub fn is_glob(&self) -> bool {
        self.name == "*"
    }
}

/// The keywords before the name of an item.
const ITEM_KEYWORDS: [&str; 9] = [
    "const",
    "enum",
    "fn",
    "macro_rules",
    "static",
    "struct",
    "trait",
    "type",
    "union",
];

/// Where tokens stand in a file.
#[derive(Clone, Copy)]
struct Place {
    /// Not in a function, an `impl` or a macro.
    is_top_level: bool,
    /// In `mod name { … }`, where only `crate::…` is sure to lead out of the file.
    is_inline_module: bool,
}

impl SourceFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When the text does not consist of Rust tokens.
    pub fn parse(text: &str) -> Result<Self, LexError> {
        let mut file = Self::default();
        let place = Place {
            is_top_level: true,
            is_inline_module: false,
        };
        file.read(text.parse()?, place);
        Ok(file)
    }

    fn read(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        while let Some((token, after)) = rest.split_first() {
            let before = &tokens[..tokens.len() - rest.len()];
            rest = match token {
                TokenTree::Group(group) => {
                    let inside = Place {
                        is_top_level: false,
                        ..place
                    };
                    self.read(group.stream(), inside);
                    after
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' && is_cfg_test(after) => {
                    after_item(&after[1..])
                }
                TokenTree::Ident(word) => self.read_word(&word.to_string(), before, rest, place),
                TokenTree::Punct(_) | TokenTree::Literal(_) => after,
            };
        }
    }

    /// Reads what begins with `word`, the first of `tokens`, and returns the tokens after it.
    fn read_word<'a>(
        &mut self,
        word: &str,
        before: &[TokenTree],
        tokens: &'a [TokenTree],
        place: Place,
    ) -> &'a [TokenTree] {
        let after = &tokens[1..];
        match (word, after) {
            ("mod", [TokenTree::Ident(name), TokenTree::Punct(_), rest @ ..]) => {
                if !has_path(before) {
                    self.children.insert(name.to_string());
                }
                rest
            }
            ("mod", [TokenTree::Ident(name), TokenTree::Group(body), rest @ ..]) => {
                self.items.insert(name.to_string());
                let inside = Place {
                    is_top_level: false,
                    is_inline_module: true,
                };
                self.read(body.stream(), inside);
                rest
            }
            // Not the `use<'a>` of a type.
            ("use", [first, ..]) if !is_punct(first, '<') => {
                let (tree, rest) = after.split_at(semicolon(after));
                let mut imports = Vec::new();
                read_use_tree(tree, &[], is_pub(before), &mut imports);
                let leads_out = |it: &Import| !place.is_inline_module || it.path[0] == "crate";
                self.imports.extend(imports.into_iter().filter(leads_out));
                rest
            }
            _ if place.is_top_level && ITEM_KEYWORDS.contains(&word) => {
                let names = after.iter().filter_map(name_of);
                let mut names = names.filter(|it| !ITEM_KEYWORDS.contains(&it.as_str()));
                self.items.extend(names.next());
                after
            }
            _ => {
                let (path, rest) = path_at(tokens);
                let leads_out = !place.is_inline_module || path[0] == "crate";
                if path.len() > 1 && leads_out {
                    self.paths.push(path);
                }
                rest
            }
        }
    }
}

/// Adds the imports of the tree after `use`, below the path `prefix`.
fn read_use_tree(tree: &[TokenTree], prefix: &[String], is_public: bool, found: &mut Vec<Import>) {
    for branch in tree.split(|token| is_punct(token, ',')) {
        let mut path = prefix.to_vec();
        let mut rest = branch;
        while let [TokenTree::Ident(name), after @ ..] = rest {
            path.push(name.to_string());
            rest = after
                .get(2..)
                .filter(|_| is_separator(after))
                .unwrap_or(after);
        }
        let name = match rest {
            [TokenTree::Group(group)] => {
                let branches: Vec<_> = group.stream().into_iter().collect();
                read_use_tree(&branches, &path, is_public, found);
                continue;
            }
            [] if path.is_empty() => continue,
            [] => split_alias(&mut path),
            _ => "*".to_owned(),
        };
        found.push(Import {
            name,
            path,
            is_public,
        });
    }
}

/// The local name of an imported path, from which `self` and `as name` are taken off.
fn split_alias(path: &mut Vec<String>) -> String {
    let alias = match &path[..] {
        [.., keyword, alias] if keyword == "as" => Some(alias.clone()),
        _ => None,
    };
    if alias.is_some() {
        path.truncate(path.len() - 2);
    }
    if path.len() > 1 && path.last().is_some_and(|it| it == "self") {
        path.pop();
    }
    alias.unwrap_or_else(|| path[path.len() - 1].clone())
}

/// The path that begins with the first of `tokens`, and the tokens after it.
fn path_at(tokens: &[TokenTree]) -> (Vec<String>, &[TokenTree]) {
    let mut path: Vec<_> = name_of(&tokens[0]).into_iter().collect();
    let mut rest = &tokens[1..];
    while let [_, _, TokenTree::Ident(name), after @ ..] = rest {
        if !is_separator(rest) {
            break;
        }
        path.push(name.to_string());
        rest = after;
    }
    (path, rest)
}

fn name_of(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}

/// Whether `tokens` begin with `::`.
fn is_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, ..] if is_punct(first, ':') && is_punct(second, ':'))
}

/// Whether the tokens before an item end in `pub` or `pub(…)`.
fn is_pub(before: &[TokenTree]) -> bool {
    let before = match before {
        [rest @ .., TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => rest,
        _ => before,
    };
    matches!(before, [.., TokenTree::Ident(word)] if word == "pub")
}

/// Whether the last attribute says which file holds the module.
fn has_path(before: &[TokenTree]) -> bool {
    let Some(TokenTree::Group(attribute)) = before.last() else {
        return false;
    };
    let first = attribute.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(word)) if word == "path")
}

/// Whether `tokens`, which follow a `#`, begin with `[cfg(test)]`.
fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Group(group), ..]
        if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn semicolon(tokens: &[TokenTree]) -> usize {
    let found = tokens.iter().position(|token| is_punct(token, ';'));
    found.unwrap_or(tokens.len())
}

/// What follows the item at the start of `tokens`, which ends with its braces or a semicolon.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let body = tokens.iter().position(is_body).unwrap_or(tokens.len());
    let end = body.min(semicolon(tokens));
    &tokens[(end + 1).min(tokens.len())..]
}

#[cfg(test)]
mod tests;
