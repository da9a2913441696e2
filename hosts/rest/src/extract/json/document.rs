//! A parsed JSON text that keeps every member, repeated ones included, so that a type that is read
//! from it can refuse repetitions. Its strings may be passwords: those that no type takes are wiped.

use std::{fmt, mem};

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use zeroize::Zeroize as _;

use super::violation::Violation;

pub(super) enum Document {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    String(String),
    Array(Vec<Document>),
    Object(Vec<(String, Document)>),
}

impl Document {
    /// An object whose values are all strings.
    pub(super) fn of_strings(members: impl Iterator<Item = (String, String)>) -> Self {
        Self::Object(
            members
                .map(|(name, value)| (name, Self::String(value)))
                .collect(),
        )
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        if let Self::String(text) = self {
            text.zeroize();
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Document, E> {
        Ok(Document::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Document, E> {
        Ok(Document::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Document, E> {
        Ok(Document::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Document, E> {
        Ok(Document::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Document, E> {
        Ok(Document::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Document, E> {
        Ok(Document::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Document::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Document::Object(members))
    }
}

impl<'de> Deserializer<'de> for Document {
    type Error = Violation;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Violation> {
        match &mut self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(*value),
            Self::Unsigned(value) => visitor.visit_u64(*value),
            Self::Signed(value) => visitor.visit_i64(*value),
            Self::Float(value) => visitor.visit_f64(*value),
            Self::String(value) => visitor.visit_string(mem::take(value)),
            Self::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(mem::take(items).into_iter()))
            }
            Self::Object(members) => {
                visitor.visit_map(MapDeserializer::new(mem::take(members).into_iter()))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Violation> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    /// Accepts only a string with the name of the case, and no object with data.
    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Violation> {
        match &mut self {
            Self::String(name) => {
                let name: StringDeserializer<Violation> = mem::take(name).into_deserializer();
                visitor.visit_enum(name)
            }
            _ => Err(serde::de::Error::invalid_type(
                Unexpected::Other("no string"),
                &"a string",
            )),
        }
    }

    /// Without this, serde would read an array as an object, with the items as members in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Violation> {
        match self {
            Self::Object(_) => self.deserialize_any(visitor),
            _ => Err(serde::de::Error::invalid_type(
                Unexpected::Other("no object"),
                &"an object",
            )),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Violation> for Document {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
