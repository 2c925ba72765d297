//! The law kit: holds a data type against the laws that every mergeable type must keep.
//!
//! It drives small histories of three replicas over your own type, and tries each [`Law`] on the states that they reach.
//! A law that does not hold is a value, [`Broken`], with the history that shows it. Chance has no part in it: the same
//! seed gives the same histories.
//!
//! **Laws are half of a proof.** They say that replicas agree, not that they agree on the right thing. Only a
//! specification of your type over its history says that.
//!
//! # A type of one's own
//!
//! A map that keeps the greatest number under each key, with a delta that carries one entry:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use moai_crdt::laws::Laws;
//! use moai_crdt::{Merge, Replicated};
//!
//! #[derive(Debug, Clone, PartialEq, Default)]
//! struct Best(BTreeMap<u8, u64>);
//!
//! impl Best {
//!     /// Raises what is under `key`, and returns the delta.
//!     fn raise(&mut self, key: u8, to: u64) -> Best {
//!         let delta = Best(BTreeMap::from([(key, to)]));
//!         self.merge(&delta);
//!         delta
//!     }
//! }
//!
//! impl Merge for Best {
//!     fn merge(&mut self, other: &Self) -> bool {
//!         let mut grew = false;
//!         for (&key, &value) in &other.0 {
//!             if self.0.get(&key).is_none_or(|here| *here < value) {
//!                 self.0.insert(key, value);
//!                 grew = true;
//!             }
//!         }
//!         grew
//!     }
//! }
//!
//! impl Replicated for Best {
//!     type Delta = Best;
//!     type Digest = Best; // as small as the data itself
//!
//!     fn apply(&mut self, delta: &Best) -> bool {
//!         self.merge(delta)
//!     }
//!     fn join(delta: &mut Best, other: &Best) {
//!         delta.merge(other);
//!     }
//!     fn digest(&self) -> Best {
//!         self.clone()
//!     }
//!     fn delta_for(&self, digest: &Best) -> Best {
//!         let newer = |&(key, value): &(&u8, &u64)| digest.0.get(key).is_none_or(|known| known < value);
//!         Best(self.0.iter().filter(newer).map(|(&key, &value)| (key, value)).collect())
//!     }
//! }
//!
//! // Two operations: each raises a key of its own.
//! Laws::new(2, |state: &mut Best, turn| if turn.op == 0 { state.raise(0, turn.number) } else { state.raise(1, 7) })
//!     .bytes(|state| state.0.iter().flat_map(|(key, value)| [&[*key][..], &value.to_be_bytes()].concat()).collect())
//!     .assert();
//! ```
//!
//! And what happens to one that adds where it should take the greater:
//!
//! ```
//! use moai_crdt::Merge;
//! use moai_crdt::laws::{Law, Laws};
//!
//! #[derive(Debug, Clone, PartialEq, Default)]
//! struct Count(u64);
//!
//! impl Merge for Count {
//!     fn merge(&mut self, other: &Self) -> bool {
//!         self.0 += other.0;
//!         other.0 > 0
//!     }
//! }
//!
//! let broken = Laws::of_whole(1, |count: &mut Count, _| count.0 += 1).check().unwrap_err();
//! assert_eq!(broken.law, Law::Idempotent);
//! ```

mod broken;
mod choices;
mod history;
mod law;
mod turn;
mod whole;

use std::fmt::{self, Debug, Display};

use crate::{Merge, Replicated};

pub use broken::Broken;
pub use law::Law;
pub use turn::Turn;
pub use whole::Whole;

use choices::Choices;
use history::History;

type Operate<T> = dyn Fn(&mut T, Turn) -> Option<<T as Replicated>::Delta>;
type Encode<T> = dyn Fn(&T) -> Vec<u8>;
type Decode<T> = dyn Fn(&[u8]) -> Result<T, String>;

/// A type on trial: how to make operations on it, and how hard to try.
///
/// See the [module](self) for an example.
#[must_use = "nothing is tried before `check` or `assert`"]
pub struct Laws<T: Replicated> {
    ops: usize,
    operate: Box<Operate<T>>,
    encode: Option<Box<Encode<T>>>,
    decode: Option<Box<Decode<T>>>,
    seed: u64,
    histories: u32,
    steps: usize,
}

impl<T: Replicated> Debug for Laws<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ops, seed, histories, steps, operate: _, encode: _, decode: _ } = self;
        let mut shown = formatter.debug_struct("Laws");
        shown.field("ops", ops).field("seed", seed).field("histories", histories).field("steps", steps);
        shown.finish_non_exhaustive()
    }
}

impl<T: Replicated + Debug> Laws<T> {
    /// For a type with `ops` operations; `operate` makes the one that its [`Turn`] asks for, and returns the delta, or
    /// `None` when the operation was refused.
    pub fn new<D: Into<Option<T::Delta>>>(ops: usize, operate: impl Fn(&mut T, Turn) -> D + 'static) -> Self {
        Self {
            ops,
            operate: Box::new(move |state, turn| operate(state, turn).into()),
            encode: None,
            decode: None,
            seed: 0,
            histories: 400,
            steps: 12,
        }
    }

    /// Tries the bytes of states as well: equal states must have equal bytes, and other states other bytes.
    pub fn bytes(mut self, encode: impl Fn(&T) -> Vec<u8> + 'static) -> Self {
        self.encode = Some(Box::new(encode));
        self
    }

    /// Tries that `decode` gives back what [`Laws::bytes`] encoded.
    pub fn decode<E: Display>(mut self, decode: impl Fn(&[u8]) -> Result<T, E> + 'static) -> Self {
        self.decode = Some(Box::new(move |bytes| decode(bytes).map_err(|error| error.to_string())));
        self
    }

    /// Other histories than those of seed 0.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many histories are tried, and how many steps the longest have. Short ones come first, so that the first that
    /// shows a fault is easy to read.
    pub const fn effort(mut self, histories: u32, steps: usize) -> Self {
        self.histories = histories;
        self.steps = steps;
        self
    }

    /// Tries every law.
    ///
    /// # Errors
    ///
    /// The first law, in the order of [`Law`], that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        let mut moved = vec![false; self.ops];
        let mut found: Option<Broken> = None;
        for number in 0..self.histories {
            let seed = self.seed.wrapping_mul(0x0001_0000_0000).wrapping_add(u64::from(number));
            let steps = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(self.steps);
            let steps = 1 + steps / usize::try_from(self.histories).unwrap_or(usize::MAX);
            let tried =
                History::new(self, steps, Choices::new(seed), &mut moved).and_then(|mut history| history.hold(self));
            if let Err(broken) = tried
                && found.as_ref().is_none_or(|first| broken.law < first.law)
            {
                found = Some(broken);
            }
        }
        if let Some(op) = moved.iter().position(|moved| !moved)
            && found.as_ref().is_none_or(|first| Law::NonTrivial < first.law)
        {
            found = Some(Broken { law: Law::NonTrivial, how: format!("operation {op} never changed a state") });
        }
        found.map_or(Ok(()), Err)
    }

    /// Tries every law; for tests.
    ///
    /// # Panics
    ///
    /// When a law does not hold.
    #[track_caller]
    pub fn assert(&self) {
        let tried = self.check();
        assert!(tried.is_ok(), "{}", tried.err().map_or_else(String::new, |broken| broken.to_string()));
    }
}

impl<T: Merge + Clone + Default + PartialEq + Debug> Laws<Whole<T>> {
    /// For a type that only merges: `operate` makes the operation that its [`Turn`] asks for.
    pub fn of_whole(ops: usize, operate: impl Fn(&mut T, Turn) + 'static) -> Self {
        Self::new(ops, move |state: &mut Whole<T>, turn| {
            operate(&mut state.0, turn);
            state.0.clone()
        })
    }
}
