//! Unicode's normalisation form C ([UAX #15](https://www.unicode.org/reports/tr15/)).
//!
//! The tables come from a library, but not its iterator: that would also bring the tables of the
//! compatibility forms, and the component must stay small enough to be sent to an edge host.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// A character and its canonical combining class, which is 0 for a starter such as a letter. Marks
/// of different classes sit at different places, above or below the letter, and mean the same in
/// any order.
type Classed = (u8, char);

/// Converts `text` to NFC, in which equivalent texts are equal.
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut parts = Vec::with_capacity(text.len());
    for c in text.chars() {
        decompose_canonical(c, |part| {
            parts.push((canonical_combining_class(part), part))
        });
    }
    let mut composition = Composition::default();
    for starter_and_marks in parts.chunk_by(|_, (class, _)| *class != 0) {
        each_by_class(starter_and_marks, |part| composition.push(part));
    }
    composition.finish()
}

/// Visits the parts in the order of their class; parts of one class keep their order. There are
/// about fifty classes, so the work is bounded for any number of marks, without a sort.
fn each_by_class(parts: &[Classed], mut take: impl FnMut(Classed)) {
    let mut next = parts.iter().map(|(class, _)| *class).min();
    while let Some(class) = next {
        next = None;
        for part in parts {
            if part.0 == class {
                take(*part);
            } else if part.0 > class {
                next = Some(next.map_or(part.0, |next| next.min(part.0)));
            }
        }
    }
}

/// The text composed so far. Its last starter and the marks after that are kept apart.
#[derive(Default)]
struct Composition {
    done: String,
    starter: Option<char>,
    marks: String,
    last_class: u8,
}

impl Composition {
    fn push(&mut self, (class, part): Classed) {
        // A part reaches its starter only if no other starter and no part of the same class stands
        // between them.
        let reaches = self.marks.is_empty() || self.last_class < class;
        let starter = self.starter.filter(|_| reaches);
        if let Some(composite) = starter.and_then(|starter| compose(starter, part)) {
            self.starter = Some(composite);
        } else if class == 0 {
            self.flush();
            self.starter = Some(part);
        } else {
            self.marks.push(part);
            self.last_class = class;
        }
    }

    fn flush(&mut self) {
        self.done.extend(self.starter.take());
        self.done.push_str(&self.marks);
        self.marks.clear();
    }

    fn finish(mut self) -> String {
        self.flush();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn by_library(text: &str) -> String {
        text.nfc().collect()
    }

    #[test]
    fn every_character_is_normalised_as_by_the_library() {
        // No character above this range has another form: the rest are private use, tags and
        // variation selectors.
        for c in '\0'..='\u{2ffff}' {
            for text in [
                format!("{c}"),
                format!("{c}\u{301}"),
                format!("\u{345}{c}\u{327}"),
            ] {
                assert_eq!(nfc(&text), by_library(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn hangul_and_excluded_and_blocked_compositions_are_right() {
        for (text, expected) in [
            ("", ""),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("하\u{11ab}", "한"),
            ("한\u{11ab}", "한\u{11ab}"),
            ("하\u{11a7}", "하\u{11a7}"),
            ("\u{958}", "\u{915}\u{93c}"),
            ("\u{212b}", "Å"),
            ("\u{301}e\u{301}", "\u{301}é"),
            ("a\u{301}\u{327}", "á\u{327}"),
            ("a\u{327}\u{301}", "á\u{327}"),
            ("a\u{300}\u{301}", "à\u{301}"),
            ("e\u{34f}\u{301}", "e\u{34f}\u{301}"),
            ("\u{1d15e}", "\u{1d157}\u{1d165}"),
        ] {
            assert_eq!(nfc(text), expected, "{text:?}");
            assert_eq!(by_library(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_run_of_marks_takes_no_long_time() {
        let marks = ["\u{345}", "\u{301}", "\u{327}", "\u{308}"]
            .concat()
            .repeat(100_000);
        let text = format!("e{marks}");
        assert_eq!(nfc(&text), by_library(&text));
    }

    proptest! {
        #[test]
        fn any_text_is_normalised_as_by_the_library(text in any::<String>()) {
            prop_assert_eq!(nfc(&text), by_library(&text));
        }

        #[test]
        fn letters_with_marks_are_normalised_as_by_the_library(
            text in "[aeoA가-힣\u{1100}-\u{1115}\u{1160}-\u{1178}\u{11a5}-\u{11c5}\u{300}-\u{362}à-ễα-ω\u{5b0}-\u{5ba}\u{915}-\u{95f}\u{9be}-\u{9d7}]{0,24}",
        ) {
            prop_assert_eq!(nfc(&text), by_library(&text));
            prop_assert_eq!(nfc(&nfc(&text)), nfc(&text));
        }
    }
}
