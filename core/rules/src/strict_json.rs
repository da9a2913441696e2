//! Parses JSON strictly: a signed document must have one meaning only, where RFC 8259 §4 leaves
//! some open.
//!
//! A document is parsed once, straight into its type. An object that has two members of the same
//! name is refused, at any depth and also where the members are skipped, since two parsers may use
//! different ones of the two. Deep nesting, which can only exhaust a stack, is refused too.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most arrays and objects that may be nested, including the document itself.
const MAX_DEPTH: u8 = 8;

/// The number of members for which an object has room before it must grow: an access token has
/// eleven.
const USUAL_MEMBERS: usize = 16;

/// A type that is parsed from an object, member by member.
pub(crate) trait FromMembers<'de>: Default {
    /// Takes the one value of the member `name` from `value`, or [`skip`]s it.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error>;
}

/// Parses a document that is one object.
pub(crate) fn read_object<'de, T: FromMembers<'de>>(json: &'de [u8]) -> serde_json::Result<T> {
    // UTF-8 is checked once for the whole document: from bytes, serde_json would check each string
    // separately.
    let json = str::from_utf8(json).map_err(serde_json::Error::custom)?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let object = deserializer.deserialize_map(Object(PhantomData))?;
    deserializer.end()?;
    Ok(object)
}

/// Skips the value of a member that is not used, and checks it as strictly as the others.
pub(crate) fn skip<'de, A: MapAccess<'de>>(value: &mut A) -> Result<(), A::Error> {
    value.next_value_seed(Skip { depth: 1 })
}

/// Reads a string; borrows it if the document spells it without escapes.
#[derive(Clone, Copy)]
pub(crate) struct Text;

struct Object<T>(PhantomData<T>);

/// Skips any value. `depth` counts the arrays and objects around it.
#[derive(Clone, Copy)]
struct Skip {
    depth: u8,
}

impl Skip {
    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_add(1) {
            Some(depth) if depth <= MAX_DEPTH => Ok(Self { depth }),
            _ => Err(E::custom("nested too deeply")),
        }
    }
}

/// Visits the members of an object, and refuses a name that occurs twice.
fn each_member<'de, A: MapAccess<'de>>(
    mut map: A,
    mut take: impl FnMut(&str, &mut A) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    // The names in sorted order. For the few members of a token, a tree would cost more.
    let mut seen: Vec<Cow<'de, str>> = Vec::with_capacity(USUAL_MEMBERS);
    while let Some(name) = map.next_key_seed(Text)? {
        let Err(place) = seen.binary_search(&name) else {
            return Err(A::Error::custom("a member occurs twice"));
        };
        take(&name, &mut map)?;
        seen.insert(place, name);
    }
    Ok(())
}

impl<'de, T: FromMembers<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        each_member(map, |name, value| object.take(name, value))?;
        Ok(object)
    }
}

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    // `IgnoredAny` would not notice a member that occurs twice inside the value.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while elements.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        each_member(map, |_, value| value.next_value_seed(inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads the member `a` and skips every other.
    #[derive(Default, Debug, PartialEq)]
    struct Sample {
        a: Option<u64>,
    }

    impl<'de> FromMembers<'de> for Sample {
        fn take<A: MapAccess<'de>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
            match name {
                "a" => self.a = Some(value.next_value()?),
                _ => skip(value)?,
            }
            Ok(())
        }
    }

    fn read(json: &str) -> Option<Sample> {
        read_object(json.as_bytes()).ok()
    }

    fn nested(depth: usize) -> String {
        // The document itself is the first level.
        format!(
            r#"{{"x":{}{}}}"#,
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn reads_what_has_one_meaning() {
        for (json, a) in [
            ("{}", None),
            (r#" { "a" : 1 } "#, Some(1)),
            (r#"{"\u0061":1}"#, Some(1)),
            (
                r#"{"A":2,"a":1,"b":[1,-1,1.5,true,null,"x",{"a":1,"b":{"a":1}}]}"#,
                Some(1),
            ),
            (r#"{"x":{"y":1},"z":{"y":1}}"#, None),
        ] {
            assert_eq!(read(json), Some(Sample { a }), "{json}");
        }
    }

    #[test]
    fn refuses_a_name_that_occurs_twice() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":1,"x":2}"#,
            r#"{"x":{"y":1,"y":1}}"#,
            r#"{"x":[[{"y":1,"z":0,"y":1}]]}"#,
            r#"{"x":{"é":1,"\u00e9":1}}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn refuses_what_is_not_one_object() {
        for json in [
            "",
            "null",
            "1",
            "[]",
            r#""a""#,
            "{}{}",
            "{} x",
            r#"{"a":1"#,
            r#"{"a":1,}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
        for bytes in [
            &b"{\"x\":\"\xff\"}"[..],
            b"{\"\xc0\xaf\":1}",
            b"\xef\xbb\xbf{}",
        ] {
            assert!(read_object::<Sample>(bytes).is_err(), "{bytes:?}");
        }
        for json in [
            r#"{"x":"\ud800"}"#,
            r#"{"x":1e400}"#,
            "{\"x\":\"a\nb\"}",
            r#"{"x":01}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn bears_eight_levels_and_no_more() {
        assert!(read(&nested(8)).is_some());
        assert!(read(&nested(9)).is_none());
        assert!(read(&nested(100_000)).is_none());
    }

    proptest! {
        #[test]
        fn never_panics(json: Vec<u8>) {
            let _ = read_object::<Sample>(&json);
        }

        #[test]
        fn agrees_with_serde_json_on_documents_without_doubles(
            members in prop::collection::btree_map("[a-z\\PC]{0,3}", any::<u64>(), 0..8),
        ) {
            let json = serde_json::to_string(&members).unwrap();
            prop_assert_eq!(read(&json), Some(Sample { a: members.get("a").copied() }));
        }
    }
}
