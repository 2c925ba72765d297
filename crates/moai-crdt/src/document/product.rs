//! Several stores side by side, as one store.

use moai_core::InvalidInput;

use crate::{Wire, WireReader};

/// Makes a struct of stores a store: each part merges by itself, and it is empty when all of them are. Its bytes are one
/// that says which parts are there, bit by bit, and those parts.
macro_rules! product_store {
    ($(#[$store_doc:meta])* $vis:vis store $store:ident { $($(#[$part_doc:meta])* $part:ident: $shape:ty,)+ }
     $(#[$change_doc:meta])* change $change:ident) => {
        $(#[$store_doc])*
        #[derive(Clone, PartialEq, Eq, Default)]
        $vis struct $store {
            $($(#[$part_doc])* pub(crate) $part: $shape,)+
        }

        $(#[$change_doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        $vis struct $change {
            $(pub(crate) $part: <$shape as $crate::DotStore>::Change,)+
        }

        impl $crate::DotStore for $store {
            type Change = $change;

            fn is_bottom(&self) -> bool {
                $(self.$part.is_bottom())&&+
            }

            fn each_dot(&self, visit: &mut impl FnMut($crate::Dot)) {
                $(self.$part.each_dot(visit);)+
            }

            fn merge(&mut self, other: &Self, meeting: &$crate::Meeting<'_>) -> bool {
                let mut changed = false;
                $(changed |= self.$part.merge(&other.$part, meeting);)+
                changed
            }

            fn apply(&mut self, seen: &$crate::CausalContext, change: &$change) -> bool {
                let mut changed = false;
                $(changed |= self.$part.apply(seen, &change.$part);)+
                changed
            }

            fn kill(&mut self, dead: &$crate::CausalContext) -> bool {
                let mut changed = false;
                $(changed |= self.$part.kill(dead);)+
                changed
            }

            fn removal(&self) -> $change {
                $change { $($part: self.$part.removal(),)+ }
            }

            fn made_since(&self, seen: &$crate::CausalContext) -> $change {
                $change { $($part: self.$part.made_since(seen),)+ }
            }
        }

        impl $crate::Change for $change {
            fn is_empty(&self) -> bool {
                $(self.$part.is_empty())&&+
            }

            fn join(&mut self, other: &Self) {
                $(self.$part.join(&other.$part);)+
            }

            fn each_dot(&self, visit: &mut impl FnMut($crate::Dot)) {
                $(self.$part.each_dot(visit);)+
            }
        }

        product_wire!($store, $crate::DotStore::is_bottom, $($part)+);
        product_wire!($change, $crate::Change::is_empty, $($part)+);
    };
}
pub(crate) use product_store;

/// The bytes of a product, as functions of its own: a type may have more to say about them.
macro_rules! product_wire {
    ($name:ident, $is_empty:path, $($part:ident)+) => {
        impl $name {
            fn write_parts(&self, to: &mut $crate::WireWriter) {
                let there = [$(!$is_empty(&self.$part)),+];
                to.byte(there.iter().rev().fold(0, |mask, there| mask << 1 | u8::from(*there)));
                $(if !$is_empty(&self.$part) {
                    $crate::Wire::write(&self.$part, to);
                })+
            }

            fn read_parts(from: &mut $crate::WireReader<'_>) -> Result<Self, ::moai_core::InvalidInput> {
                let mut mask = from.byte()?;
                $(let $part = $crate::document::product::read_part(&mut mask, from, $is_empty)?;)+
                if mask > 0 {
                    return Err(from.malformed("a part is named that nobody knows"));
                }
                Ok(Self { $($part),+ })
            }
        }
    };
}
pub(crate) use product_wire;

/// Reads a part if the lowest bit says that it is there.
pub(super) fn read_part<T: Wire + Default>(
    mask: &mut u8,
    from: &mut WireReader<'_>,
    is_empty: impl FnOnce(&T) -> bool,
) -> Result<T, InvalidInput> {
    let there = *mask & 1 == 1;
    *mask >>= 1;
    if !there {
        return Ok(T::default());
    }
    let part = T::read(from)?;
    if is_empty(&part) { Err(from.malformed("a part is named and not there")) } else { Ok(part) }
}
