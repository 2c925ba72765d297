//! A flag for which true wins.
//!
//! Setting it replaces what the writer had seen. Of values set at the same time, true is read if any is.
//!
//! Both values are written down, not only true: a flag that was set to false is there, so a key under which it lies stays
//! in its map, and "set to false" can be told from "never set". One dot and one byte is all it takes, whatever it was set
//! to before.
//!
//! **Anomalies.** Setting it to false does not undo a true that was set at the same time elsewhere. Where false must win,
//! take [`DwFlag`](crate::DwFlag).
//!
//! Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.4 (enable-wins flag), which
//! keeps the dots of true alone.

use crate::delegate::delegate_store;
use crate::store::DotFunChange;
use crate::{Causal, Delta, DotFun, ReplicaId, Writer};

/// A flag for which true wins over a concurrent false. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, EwFlag, Merge, ReplicaId};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut left, mut right) = (Causal::<EwFlag>::default(), Causal::<EwFlag>::default());
/// let _lost = left.set(a, true);
/// let _lost = right.set(b, false); // at the same time
/// left.merge(&right);
/// assert!(left.get());
///
/// let _lost = left.set(a, false);
/// assert!(!left.get());
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct EwFlag(DotFun<bool>);

impl EwFlag {
    /// Whether true was set and nobody who had seen it set false. False when it was never set.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.newest().any(|(_, value)| *value)
    }

    /// Whether it was never set, or taken back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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

impl Causal<EwFlag> {
    /// Sets it, in place of all that is known here.
    pub fn set(&mut self, me: ReplicaId, value: bool) -> Delta<EwFlag> {
        self.mutate(me, |flag, writer| flag.set(writer, value))
    }

    /// Takes back all that is known here, as if it had never been set.
    pub fn clear(&mut self) -> Delta<EwFlag> {
        self.retract(EwFlag::clear)
    }
}

delegate_store!(impl[] EwFlag => DotFun<bool>);

impl std::fmt::Debug for EwFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EwFlag").field(&self.get()).finish()
    }
}
