//! A register that keeps every value that nobody has overwritten.
//!
//! A write replaces what its writer had seen. Values written at the same time all stay, side by side, until somebody who
//! has seen them writes again. Nothing is chosen and nothing is lost: whoever reads decides.
//!
//! **Anomalies.** A value can be read beside others that are newer by the clock on the wall: only having seen a value
//! makes a write newer than it. Equal values written at the same time stay two.
//!
//! Source: DeCandia et al., "Dynamo", 2007, section 4.4; as a dot store in Almeida, Shoker, Baquero, "Delta State
//! Replicated Data Types", 2018, section 7.4.

use crate::delegate::delegate_store;
use crate::store::DotFunChange;
use crate::{Causal, Delta, DotFun, ReplicaId, Writer};

/// A register that keeps every value that nobody has overwritten. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, Merge, MvRegister, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (Causal::<MvRegister<&str>>::default(), Causal::<MvRegister<&str>>::default());
/// let _lost = left.write(a, "red");
/// let _lost = right.write(b, "blue"); // at the same time
/// left.merge(&right);
/// assert_eq!((left.values().count(), left.get()), (2, None));
///
/// let _lost = left.write(a, "green");
/// right.merge(&left);
/// assert_eq!(right.get(), Some(&"green"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MvRegister<T>(DotFun<T>);

impl<T: Clone> MvRegister<T> {
    /// The value, when there is exactly one.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        let mut values = self.values();
        values.next().filter(|_| values.next().is_none())
    }

    /// Every value that nobody has overwritten, sorted by the dot that made it.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.newest().map(|(_, value)| value)
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces all that is known here.
    pub fn write(&mut self, writer: &mut Writer<'_>, value: T) -> DotFunChange<T> {
        self.0.replace(writer.dot(), value)
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> DotFunChange<T> {
        self.0.clear()
    }
}

impl<T: Clone> Causal<MvRegister<T>> {
    /// Replaces all that is known here.
    pub fn write(&mut self, me: ReplicaId, value: T) -> Delta<MvRegister<T>> {
        self.mutate(me, |register, writer| register.write(writer, value))
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> Delta<MvRegister<T>> {
        self.retract(MvRegister::clear)
    }
}

delegate_store!(impl[T: Clone] MvRegister<T> => DotFun<T>);

impl<T> Default for MvRegister<T> {
    fn default() -> Self {
        Self(DotFun::new())
    }
}

impl<T: Clone + std::fmt::Debug> std::fmt::Debug for MvRegister<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}
