//! The value of a computed trait in JSON: a quantity, or, as in the first version, a bare aggregate.
//!
//! Invariant: what is written is always a quantity.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor,
        value::StringDeserializer,
    },
};

use super::{Aggregate, Expression, Function, Quantity, Selection};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Quantity, D::Error> {
    from.deserialize_map(ValueVisitor)
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity, such as {\"aggregate\": {...}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Quantity, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        if matches!(&*key, "function" | "value" | "of") {
            return bare(key, map).map(Quantity::Aggregate);
        }
        Quantity::deserialize(Tagged { key, map })
    }
}

/// The fields of an aggregate, the first key of which has been read.
fn bare<'de, A: MapAccess<'de>>(first: String, mut map: A) -> Result<Aggregate, A::Error> {
    let (mut function, mut value, mut of) = (None, None, None);
    let mut key = Some(first);
    while let Some(field) = key {
        let repeated = match &*field {
            "function" => function.replace(map.next_value::<Function>()?).is_some(),
            "value" => value
                .replace(map.next_value::<Option<Expression>>()?)
                .is_some(),
            "of" => of.replace(map.next_value::<Selection>()?).is_some(),
            other => return Err(A::Error::unknown_field(other, &["function", "value", "of"])),
        };
        if repeated {
            return Err(A::Error::custom(format_args!("duplicate field `{field}`")));
        }
        key = map.next_key()?;
    }
    Ok(Aggregate {
        function: function.ok_or_else(|| A::Error::missing_field("function"))?,
        value: value.flatten(),
        selection: of.ok_or_else(|| A::Error::missing_field("of"))?,
    })
}

/// A map of one key, read as the variant of that name.
struct Tagged<A> {
    key: String,
    map: A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Tagged<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Tagged<A> {
    type Error = A::Error;
    type Variant = Content<A>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content<A>), A::Error> {
        let key: StringDeserializer<A::Error> = self.key.into_deserializer();
        Ok((seed.deserialize(key)?, Content(self.map)))
    }
}

struct Content<A>(A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Content<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::custom("a quantity has a content"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        let value = self.0.next_value_seed(seed)?;
        match self.0.next_key::<String>()? {
            None => Ok(value),
            Some(other) => Err(A::Error::custom(format_args!(
                "`{other}` beside the one field of a quantity"
            ))),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        self.unit_variant()
            .and(Err(A::Error::custom("no quantity")))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, A::Error> {
        self.unit_variant()
            .and(Err(A::Error::custom("no quantity")))
    }
}
