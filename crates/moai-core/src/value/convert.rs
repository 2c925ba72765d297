//! What becomes a value: at once where nothing can go wrong, with `try_from` where it can.

use std::collections::BTreeMap;

use super::{Array, Map, Number, Value};
use crate::InvalidInput;

macro_rules! from_integer {
    ($($integer:ty as $wide:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(integer: $integer) -> Self {
                // Never cuts: no platform that Rust knows has a size of more than 64 bits.
                Self::Number(Number::from(integer as $wide))
            }
        }
    )*};
}

from_integer!(i8 as i64, i16 as i64, i32 as i64, i64 as i64, isize as i64);
from_integer!(u8 as u64, u16 as u64, u32 as u64, u64 as u64, usize as u64);

macro_rules! try_from_number {
    ($($number:ty),*) => {$(
        impl TryFrom<$number> for Value {
            type Error = InvalidInput;

            fn try_from(number: $number) -> Result<Self, InvalidInput> {
                Number::try_from(number).map(Self::Number)
            }
        }
    )*};
}

try_from_number!(f64, i128, u128);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Array> for Value {
    fn from(array: Array) -> Self {
        Self::Array(array)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<BTreeMap<String, T>> for Value {
    fn from(pairs: BTreeMap<String, T>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

/// `None` is null.
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
