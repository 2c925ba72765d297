//! What stands inside, as bytes: numbers, texts, lists, and the words of the core.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{AgentId, InvalidInput, Limits, StateKey, Value, Version};

use super::number::{fold, unfold};
use super::{Wire, WireReader, WireWriter, text};
use crate::{ReplicaId, Stamp};

impl Wire for u8 {
    fn write(&self, to: &mut WireWriter) {
        to.byte(*self);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.byte()
    }
}

macro_rules! unsigned {
    ($($int:ty)*) => {$(
        impl Wire for $int {
            fn write(&self, to: &mut WireWriter) {
                to.number(u64::from(*self));
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Self::try_from(from.number()?).map_err(|_| from.malformed("a number is too great"))
            }
        }
    )*};
}
unsigned!(u16 u32 u64);

macro_rules! signed {
    ($($int:ty)*) => {$(
        impl Wire for $int {
            fn write(&self, to: &mut WireWriter) {
                to.number(fold(i64::from(*self)));
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Self::try_from(unfold(from.number()?)).map_err(|_| from.malformed("a number is too great"))
            }
        }
    )*};
}
signed!(i8 i16 i32 i64);

impl Wire for bool {
    fn write(&self, to: &mut WireWriter) {
        to.byte(u8::from(*self));
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(from.malformed("neither 0 nor 1 stands")),
        }
    }
}

impl Wire for () {
    fn write(&self, _to: &mut WireWriter) {}

    fn read(_from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(())
    }
}

impl Wire for String {
    fn write(&self, to: &mut WireWriter) {
        text::write(self, to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        text::read(from).map(str::to_owned)
    }

    fn write_after(&self, before: &Self, to: &mut WireWriter) {
        text::write_after(self, before, to);
    }

    fn read_after(before: &Self, from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        text::read_after(before, from)
    }
}

macro_rules! text {
    ($($name:ty)*) => {$(
        impl Wire for $name {
            fn write(&self, to: &mut WireWriter) {
                text::write(self.as_str(), to);
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Self::new(text::read(from)?)
            }

            fn write_after(&self, before: &Self, to: &mut WireWriter) {
                text::write_after(self.as_str(), before.as_str(), to);
            }

            fn read_after(before: &Self, from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Self::new(text::read_after(before.as_str(), from)?)
            }
        }
    )*};
}
text!(AgentId StateKey);

impl Wire for Version {
    fn write(&self, to: &mut WireWriter) {
        to.number(self.get());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Self::new(from.number()?)
    }
}

impl Wire for Value {
    fn write(&self, to: &mut WireWriter) {
        let bytes = self.to_canonical();
        to.number(bytes.len() as u64);
        to.bytes(&bytes);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let length = from.length()?;
        let limits = Limits { value_bytes: length, value_depth: from.depth_left(), ..Limits::default() };
        Self::from_canonical(from.bytes(length)?, &limits)
    }
}

impl Wire for ReplicaId {
    fn write(&self, to: &mut WireWriter) {
        to.replica(*self);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.replica()
    }
}

impl Wire for Stamp {
    fn write(&self, to: &mut WireWriter) {
        to.stamp(*self);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.stamp()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut WireWriter) {
        self.is_some().write(to);
        if let Some(some) = self {
            some.write(to);
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        if bool::read(from)? { from.nested(T::read).map(Some) } else { Ok(None) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.items()
    }
}

impl<T: Wire + Ord> Wire for BTreeSet<T> {
    fn write(&self, to: &mut WireWriter) {
        to.items(self.iter());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(from.rising_items()?.into_iter().collect())
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn write(&self, to: &mut WireWriter) {
        to.number(self.len() as u64);
        let mut before = None;
        for (key, value) in self {
            to.item(key, before);
            value.write(to);
            before = Some(key);
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.nested(|from| {
            let mut map = Self::new();
            for _ in 0..from.count()? {
                let before = map.last_key_value().map(|(last, _)| last);
                let key: K = from.item(before)?;
                if before.is_some_and(|before| *before >= key) {
                    return Err(from.malformed("the keys of a map do not rise"));
                }
                map.insert(key, V::read(from)?);
            }
            Ok(map)
        })
    }
}

macro_rules! tuple {
    ($($part:ident $field:tt),*) => {
        impl<$($part: Wire),*> Wire for ($($part,)*) {
            fn write(&self, to: &mut WireWriter) {
                $(self.$field.write(to);)*
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Ok(($($part::read(from)?,)*))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
