//! A type that only merges, carried whole.

use std::ops::{Deref, DerefMut};

use moai_core::InvalidInput;

use crate::{Merge, Replicated, Wire, WireForm, WireReader, WireWriter};

/// A type that only merges, carried whole: delta, digest and what is missing are all the state itself.
///
/// It makes [`Replicated`] of [`Merge`], for types that are small enough, and for the law kit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whole<T>(pub T);

impl<T: Merge> Merge for Whole<T> {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}

impl<T: Merge + Clone + Default + PartialEq> Replicated for Whole<T> {
    type Delta = T;
    type Digest = ();

    fn apply(&mut self, delta: &T) -> bool {
        self.0.merge(delta)
    }

    fn join(delta: &mut T, other: &T) {
        delta.merge(other);
    }

    fn digest(&self) {}

    fn delta_for(&self, (): &()) -> T {
        self.0.clone()
    }
}

/// As the type itself.
impl<T: Wire> Wire for Whole<T> {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        T::read(from).map(Self)
    }
}

impl<T: WireForm> WireForm for Whole<T> {
    const KIND: u8 = T::KIND;
}

impl<T> Deref for Whole<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Whole<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
