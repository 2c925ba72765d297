//! Documents: what is written is read, and everybody ends with the same.

#![expect(unused_must_use, reason = "what is not sent at once is merged whole later")]

mod concurrent;
mod conflicts;
mod counters;
mod least_writes;
mod limits;
mod paths;
mod round_trip;
mod schemas;
mod specification;

use moai_core::{Value, agent_id};
use moai_crdt::{Causal, Delta, Document, DocumentError, Path, ReplicaId, Schema, Stamp};

type Doc = Causal<Document>;

fn replica(number: u64) -> ReplicaId {
    ReplicaId::derive(&agent_id!("agent"), number)
}

fn at(pointer: &str) -> Path {
    pointer.parse().unwrap()
}

fn stamp(millis: u64) -> Stamp {
    Stamp::new(millis, 0).unwrap()
}

/// A document together with who writes it.
#[derive(Clone)]
struct Writer {
    doc: Doc,
    me: ReplicaId,
    schema: Schema,
}

impl Writer {
    fn new(me: u64, schema: &Schema) -> Self {
        Self { doc: Doc::default(), me: replica(me), schema: schema.clone() }
    }

    /// Two that know the same document.
    fn pair(value: &Value, schema: &Schema) -> (Self, Self) {
        let mut one = Self::new(1, schema);
        one.write("", value);
        let other = Self { me: replica(2), ..one.clone() };
        (one, other)
    }

    fn assign(&mut self, pointer: &str, value: &Value) -> Result<Delta<Document>, DocumentError> {
        self.doc.assign(self.me, stamp(1), &at(pointer), value, &self.schema)
    }

    fn write(&mut self, pointer: &str, value: &Value) -> Delta<Document> {
        self.assign(pointer, value).unwrap()
    }

    fn remove(&mut self, pointer: &str) -> Delta<Document> {
        self.doc.remove(self.me, &at(pointer)).unwrap()
    }

    fn increment(&mut self, pointer: &str, by: i64) -> Result<Delta<Document>, DocumentError> {
        self.doc.increment(self.me, &at(pointer), by, &self.schema)
    }

    fn insert(&mut self, pointer: &str, element: impl Into<Value>) -> Delta<Document> {
        self.doc.insert(self.me, &at(pointer), &element.into(), &self.schema).unwrap()
    }

    fn take_out(&mut self, pointer: &str, element: impl Into<Value>) -> Delta<Document> {
        self.doc.take_out(self.me, &at(pointer), &element.into(), &self.schema).unwrap()
    }

    fn value(&self) -> Value {
        self.doc.to_value()
    }
}

/// Merges both ways, whole and by digest, and says what both read then.
fn meet(one: &mut Writer, other: &mut Writer) -> Value {
    use moai_crdt::Merge;
    let missing = one.doc.delta_for(&other.doc.digest());
    let mut whole = other.doc.clone();
    whole.merge(&one.doc);
    other.doc.apply(&missing);
    assert_eq!(whole, other.doc, "a digest gives what a whole state gives");
    one.doc.merge(&other.doc);
    assert_eq!(one.doc, other.doc);
    one.value()
}
