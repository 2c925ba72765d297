//! A register in which the last write wins.
//!
//! A write replaces what its writer had seen, whatever the stamps say. Of values written at the same time the one with
//! the greatest [`Stamp`] is read; the others stay visible until somebody writes again.
//!
//! **Anomalies.** Of two writes that did not know of each other one is never read. Which one is up to the clocks: a
//! clock that runs ahead wins, and stamps that come from outside must go through a hybrid clock that refuses those too
//! far ahead. A value that had lost is read after all when the winner goes and whoever took its place, or took it back,
//! had not seen the loser: by a [`clear`](LwwRegister::clear), or by a write with a stamp that is older than the loser's.
//!
//! **Ties.** Stamps that are equal are ordered by the number of the replica, which is the same everywhere and says
//! nothing about agents. Where ties must go by agent, as in the rest of moai, read with [`get_by`](LwwRegister::get_by)
//! and a [`Directory`](crate::Directory).
//!
//! Source: Shapiro et al., "A comprehensive study of convergent and commutative replicated data types", 2011, section
//! 3.2.1, with the dots of the multi-value register of section 3.2.2 beneath, so that a clock never overrules what its
//! writer had seen.

use std::cmp::Reverse;

use moai_core::planted::planted;

use crate::delegate::delegate_store;
use crate::store::DotFunChange;
use crate::{Causal, Delta, DotFun, ReplicaId, Stamp, Writer};

/// A register in which the last write wins. It can be nested in an [`OrMap`](crate::OrMap).
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, LwwRegister, Merge, ReplicaId, Stamp};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let at = Stamp::from_bits;
/// let mut left = Causal::<LwwRegister<&str>>::default();
/// let mut right = left.clone();
/// let _lost = left.write(a, at(2), "red");
/// let _lost = right.write(b, at(1), "blue"); // at the same time
/// left.merge(&right);
/// assert_eq!(left.get(), Some(&"red"));
/// assert_eq!(left.values(), [(at(2), a, &"red"), (at(1), b, &"blue")]);
///
/// // Who has seen both overwrites both, even with a clock that runs behind.
/// let _lost = left.write(b, at(0), "green");
/// assert_eq!(left.get(), Some(&"green"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LwwRegister<T>(DotFun<(Stamp, T)>);

impl<T: Clone> LwwRegister<T> {
    /// The value that won: the one with the greatest stamp, then the greatest replica.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.winner().map(|(_, value)| value)
    }

    /// The stamp of the value that won.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        self.winner().map(|(stamp, _)| *stamp)
    }

    /// The value with the greatest stamp; equal stamps are ordered by the key that `order` has for a replica, then by
    /// value, then by replica.
    ///
    /// ```
    /// use moai_core::agent_id;
    /// use moai_crdt::{Causal, Directory, LwwRegister, Merge, Stamp};
    ///
    /// let mut names = Directory::new();
    /// let a = names.register(&agent_id!("a"), 0)?;
    /// let b = names.register(&agent_id!("b"), 0)?;
    /// let mut left = Causal::<LwwRegister<&str>>::default();
    /// let mut right = left.clone();
    /// let _lost = left.write(a, Stamp::from_bits(1), "of a");
    /// let _lost = right.write(b, Stamp::from_bits(1), "of b");
    /// left.merge(&right);
    /// assert_eq!(left.get_by(|replica| names.agent(replica)), Some(&"of b"));
    /// # Ok::<(), moai_crdt::Collision>(())
    /// ```
    #[must_use]
    pub fn get_by<O: Ord>(&self, mut order: impl FnMut(ReplicaId) -> O) -> Option<&T>
    where
        T: Ord,
    {
        let survivors = self.0.newest().map(|(dot, (stamp, value))| (*stamp, order(dot.replica()), value, *dot));
        survivors.max().map(|(_, _, value, _)| value)
    }

    /// Every value that nobody has overwritten, with its stamp and its writer; the winner first, then as they would win
    /// without those before them.
    #[must_use]
    pub fn values(&self) -> Vec<(Stamp, ReplicaId, &T)> {
        let mut all: Vec<_> = self.0.newest().map(|(dot, (stamp, value))| (*stamp, dot.replica(), value)).collect();
        all.sort_unstable_by_key(|&(stamp, replica, _)| Reverse((stamp, replica)));
        all
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces all that is known here.
    #[inline]
    pub fn write(&mut self, writer: &mut Writer<'_>, stamp: Stamp, value: T) -> DotFunChange<(Stamp, T)> {
        self.0.replace(writer.dot(), (stamp, value))
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> DotFunChange<(Stamp, T)> {
        self.0.clear()
    }

    /// One replica has one value, so nothing is left to compare after stamp and replica.
    #[inline]
    fn winner(&self) -> Option<&(Stamp, T)> {
        match self.0.as_slice() {
            // Nearly always.
            [(_, only)] => Some(only),
            _ if planted("the_older_write_wins") => {
                self.0.newest().min_by_key(|(dot, (stamp, _))| (*stamp, dot.replica())).map(|(_, value)| value)
            }
            _ => self.0.newest().max_by_key(|(dot, (stamp, _))| (*stamp, dot.replica())).map(|(_, value)| value),
        }
    }
}

impl<T: Clone> Causal<LwwRegister<T>> {
    /// Replaces all that is known here.
    pub fn write(&mut self, me: ReplicaId, stamp: Stamp, value: T) -> Delta<LwwRegister<T>> {
        self.mutate(me, |register, writer| register.write(writer, stamp, value))
    }

    /// Takes back all that is known here.
    pub fn clear(&mut self) -> Delta<LwwRegister<T>> {
        self.retract(LwwRegister::clear)
    }
}

delegate_store!(impl[T: Clone] LwwRegister<T> => DotFun<(Stamp, T)>);

impl<T> Default for LwwRegister<T> {
    fn default() -> Self {
        Self(DotFun::new())
    }
}

impl<T: Clone + std::fmt::Debug> std::fmt::Debug for LwwRegister<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}
