//! A named type over one of the three shapes: it stores, and is written, as the shape does.

/// Makes `$name` a dot store, with its bytes and its readable form, by handing everything to its one field.
macro_rules! delegate_store {
    (impl[$($bounds:tt)*] $name:ty => $inner:ty) => {
        impl<$($bounds)*> $crate::DotStore for $name {
            type Change = <$inner as $crate::DotStore>::Change;

            fn is_bottom(&self) -> bool {
                self.0.is_bottom()
            }

            fn each_dot(&self, visit: &mut impl FnMut($crate::Dot)) {
                self.0.each_dot(visit);
            }

            fn merge(
                &mut self,
                seen: &$crate::CausalContext,
                other: &Self,
                theirs: &$crate::CausalContext,
            ) -> bool {
                self.0.merge(seen, &other.0, theirs)
            }

            fn apply(&mut self, seen: &$crate::CausalContext, change: &Self::Change) -> bool {
                self.0.apply(seen, change)
            }

            fn kill(&mut self, dead: &$crate::CausalContext) -> bool {
                self.0.kill(dead)
            }

            fn removal(&self) -> Self::Change {
                self.0.removal()
            }

            fn made_since(&self, seen: &$crate::CausalContext) -> Self::Change {
                self.0.made_since(seen)
            }
        }

        impl<$($bounds)*> $crate::Wire for $name
        where
            $inner: $crate::Wire,
        {
            fn write(&self, to: &mut $crate::WireWriter) {
                self.0.write(to);
            }

            fn read(from: &mut $crate::WireReader<'_>) -> Result<Self, ::moai_core::InvalidInput> {
                Ok(Self($crate::Wire::read(from)?))
            }
        }

        impl<$($bounds)*> ::serde::Serialize for $name
        where
            $inner: ::serde::Serialize,
        {
            fn serialize<Out: ::serde::Serializer>(&self, serializer: Out) -> Result<Out::Ok, Out::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de, $($bounds)*> ::serde::Deserialize<'de> for $name
        where
            $inner: ::serde::Deserialize<'de>,
        {
            fn deserialize<In: ::serde::Deserializer<'de>>(deserializer: In) -> Result<Self, In::Error> {
                ::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    };
}
pub(crate) use delegate_store;
