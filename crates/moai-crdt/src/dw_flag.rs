//! A flag for which false wins.
//!
//! Setting it replaces what the writer had seen. Of values set at the same time, true is read only if all are.
//!
//! Both values are written down, as in [`EwFlag`](crate::EwFlag). Here false must be, or it could not win; true is, so
//! that a flag which was never set reads false like any other, and is told from one that was.
//!
//! **Anomalies.** Setting it to true does not undo a false that was set at the same time elsewhere. Where true must win,
//! take [`EwFlag`](crate::EwFlag).
//!
//! Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.4 (disable-wins flag), which
//! keeps the dots of false alone.

use crate::delegate::delegate_store;
use crate::store::DotFunChange;
use crate::{Causal, Delta, Dot, DotFun, ReplicaId, Writer};

/// A flag for which false wins over a concurrent true. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, DwFlag, Merge, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (Causal::<DwFlag>::default(), Causal::<DwFlag>::default());
/// let _lost = left.set(a, true);
/// let _lost = right.set(b, false); // at the same time
/// left.merge(&right);
/// assert!(!left.get());
///
/// let _lost = left.set(a, true);
/// assert!(left.get());
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DwFlag(DotFun<bool>);

impl DwFlag {
    /// Whether it was set, and to true by everybody whom nobody has overruled. False when it was never set.
    #[must_use]
    pub fn get(&self) -> bool {
        !self.0.is_empty() && self.0.newest().all(|(_, value)| *value)
    }

    /// Whether it was never set, or taken back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The dots of every false that nobody has overruled.
    pub(crate) fn marks(&self) -> impl Iterator<Item = Dot> {
        self.0.iter().filter(|(_, value)| !value).map(|(dot, _)| *dot)
    }

    /// Sets it, in place of all that is known here.
    pub fn set(&mut self, writer: &mut Writer<'_>, value: bool) -> DotFunChange<bool> {
        self.0.replace(writer.dot(), value)
    }

    /// Takes back all that is known here, as if it had never been set.
    pub fn clear(&mut self) -> DotFunChange<bool> {
        self.0.clear()
    }
}

impl Causal<DwFlag> {
    /// Sets it, in place of all that is known here.
    pub fn set(&mut self, me: ReplicaId, value: bool) -> Delta<DwFlag> {
        self.mutate(me, |flag, writer| flag.set(writer, value))
    }

    /// Takes back all that is known here, as if it had never been set.
    pub fn clear(&mut self) -> Delta<DwFlag> {
        self.retract(DwFlag::clear)
    }
}

delegate_store!(impl[] DwFlag => DotFun<bool>);

impl std::fmt::Debug for DwFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DwFlag").field(&self.get()).finish()
    }
}
