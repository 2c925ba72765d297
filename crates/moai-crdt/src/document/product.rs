//! Several stores side by side, as one store.

/// Makes a struct of stores a store: each part merges by itself, and it is empty when all of them are.
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

            fn merge(&mut self, seen: &$crate::CausalContext, other: &Self, theirs: &$crate::CausalContext) -> bool {
                let mut changed = false;
                $(changed |= self.$part.merge(seen, &other.$part, theirs);)+
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
    };
}
pub(crate) use product_store;
