//! A named type over one of the three shapes: it stores as the shape does.

/// Makes `$name` a dot store by handing everything to its one field.
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
    };
}
pub(crate) use delegate_store;
