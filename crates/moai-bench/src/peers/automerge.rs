//! The crate `automerge`: documents that keep their history, in columns.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT, ReadDoc, ScalarValue};

use crate::map_side::MapSide;

pub(crate) struct Map(AutoCommit);

impl MapSide for Map {
    type Sent = AutoCommit;

    fn new(replica: u64) -> Self {
        Self(AutoCommit::new().with_actor(ActorId::from(replica.to_be_bytes())))
    }

    fn set_all(&mut self, keys: &[String]) {
        for (key, value) in keys.iter().zip(0_u64..) {
            self.0.put(ROOT, key, ScalarValue::Uint(value)).expect("the root is a map");
        }
        self.0.commit();
    }

    fn sum(&self, keys: &[String]) -> u64 {
        let value = |key: &String| self.0.get(ROOT, key).ok().flatten().and_then(|(value, _)| value.as_u64());
        keys.iter().filter_map(value).sum()
    }

    fn remove_all(&mut self, keys: &[String]) {
        for key in keys {
            self.0.delete(ROOT, key).expect("the root is a map");
        }
        self.0.commit();
    }

    fn send(&mut self) -> AutoCommit {
        self.0.clone()
    }

    fn receive(&mut self, mut sent: AutoCommit) {
        self.0.merge(&mut sent).expect("two histories without a twin");
    }

    fn bytes(&mut self) -> usize {
        self.0.save().len()
    }
}

/// A counter that was incremented so often.
pub(crate) fn counted(steps: usize) -> AutoCommit {
    let mut document = AutoCommit::new();
    document.put(ROOT, "counter", ScalarValue::counter(0)).expect("the root is a map");
    for _ in 0..steps {
        document.increment(ROOT, "counter", 1).expect("it is a counter");
    }
    document.commit();
    document
}
