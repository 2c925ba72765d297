//! JSON-shaped data that merges.
//!
//! A document is a tree of places. A place is a map of places, a set, a counter or a register, which holds one value;
//! the [`Schema`] says which. Without a rule, maps are maps and all else (arrays too) is a register.
//!
//! - **`assign` writes what differs.** It makes a place read as a value, by the least that does: leaves that are equal
//!   already are not written, keys that are not in the value are removed, sets change element by element, counters by
//!   the difference.
//! - **Maps merge field by field**, also when several replicas create them at the same time. Removing a map while
//!   somebody writes into it keeps what they wrote. A map and a set carry a mark of their own, so that an empty one is
//!   there, and one that is emptied stays.
//! - **Of values written at the same time** the greatest by (stamp, replica, value) is shown. Without concurrency the
//!   later write wins whatever its stamp.
//! - **Of shapes written at the same time** the first of map, set, counter, register is shown. A map holds the work of
//!   many writers, a register that of one: what is hidden should be the least, and a field that is written while its
//!   map is replaced stays readable, as it does when the map is removed. For the same reason a set (many additions) goes
//!   before a counter (one number), and that before a register.
//! - **Nothing that survives is lost:** [`conflicts`](Document::conflicts) lists what is hidden, and the next write to
//!   the place itself settles it.
//!
//! How deep a document is has a limit ([`Schema::limits`]), and a hard one, [`Document::MAX_DEPTH`], which holds in
//! every replica; merging, applying, reading, cloning and dropping recurse no deeper. Values in registers and sets are
//! walked without recursion.
//!
//! **Anomalies.** An `assign` that changes nothing is no write, so it does not hold what it names against a concurrent
//! removal; an `insert` does. A removed map comes back with the fields alone that were written at the same time, and a
//! counter in it with what its concurrent writers had counted in all. A delta names what its own write made and killed,
//! not what earlier ones did: where one got lost, what it killed stays, and an empty map can hide the number that was
//! written after it. Nor does writing into a map renew its mark: where the delta that put the map in a number's place got
//! lost, the number stands where the map is empty again. A digest makes up for both. Two who assign a whole map at the
//! same time get the fields of both. Concurrent counting can go beyond `i64`; the counter then reads as the nearest `i64`. A counter
//! keeps a number for each replica that counted; a replica whose agent starts under a new incarnation is a new one.
//! Replicas with different schemas converge too, but may write different shapes at one place.
//!
//! Source: Rinberg et al., "DSON: JSON CRDT using delta-mutations for document stores", 2022 (documents of dot stores,
//! observed-remove maps with registers); Kleppmann, Beresford, "A conflict-free replicated JSON datatype", 2017 (several
//! shapes at one place); Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.

mod bytes;
mod conflict;
mod document_error;
mod path;
mod place;
mod plan;
mod planner;
mod product;
mod rare;
mod readable;
mod schema;
mod shape;

use moai_core::Value;
use serde::{Deserialize, Serialize};

use crate::store::{DotFun, DotMap, DotSet};
use crate::{Causal, Delta, DotStore, ReplicaId, Stamp, Writer};
use plan::Plan;
use planner::Planner;
use product::{product_store, product_wire};
use rare::Rare;

pub use conflict::{Conflict, Survivor};
pub use document_error::DocumentError;
pub use path::Path;
pub use schema::Schema;
pub use shape::Shape;

product_store! {
    /// JSON-shaped data that merges: maps, sets, counters and registers, as a [`Schema`] says. It can be nested in an
    /// [`OrMap`](crate::OrMap).
    ///
    /// ```
    /// use moai_core::{agent_id, value};
    /// use moai_crdt::{Causal, Document, Merge, Path, ReplicaId, Schema, Stamp};
    ///
    /// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
    /// let now = Stamp::new(1_700_000_000_000, 0)?;
    /// let schema = Schema::new().set("/tags")?.counter("/tries")?;
    ///
    /// let mut left = Causal::<Document>::default();
    /// let task = value!({"name": "index", "tags": ["rust"], "tries": 1});
    /// let delta = left.assign(a, now, &Path::root(), &task, &schema)?;
    /// let mut right = Causal::<Document>::default();
    /// right.apply(&delta);
    ///
    /// // At the same time:
    /// let _lost = left.assign(a, now, &Path::root(), &value!({"name": "index", "tags": [], "tries": 3}), &schema)?;
    /// let _lost = right.assign(b, now, &Path::root(), &value!({"name": "scan", "tags": ["rust", "io"], "tries": 2}), &schema)?;
    /// left.merge(&right);
    /// assert_eq!(left.to_value(), value!({"name": "scan", "tags": ["io"], "tries": 4}));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub store Document {
        /// The values that nobody has replaced.
        register: DotFun<Stamped>,
        /// All that a place can be besides a value.
        rest: Rare<Rest>,
    }
    /// What a mutation of a [`Document`] made and killed, place by place.
    change DocumentChange
}

product_store! {
    /// All that a place can be besides a value.
    pub(crate) store Rest {
        /// Alive where somebody put a map, which may be empty.
        map: DotSet,
        /// What lies under its keys.
        fields: DotMap<String, Document>,
        /// A set.
        set: Rare<Elements>,
        /// What each replica has counted.
        counter: Rare<DotFun<i64>>,
    }
    /// What a mutation made and killed besides values.
    change RestChange
}

product_store! {
    /// A set.
    pub(crate) store Elements {
        /// Alive where somebody put a set, which may be empty.
        set: DotSet,
        /// What is in it.
        elements: DotMap<Value, DotSet>,
    }
    /// What a mutation of a set made and killed.
    change ElementsChange
}

/// A value, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamped {
    pub(crate) stamp: Stamp,
    pub(crate) value: Value,
}

impl Document {
    /// How deep a document can be, whatever the limits say. A scalar as the whole document is 0 deep, an empty map 1.
    pub const MAX_DEPTH: usize = Value::TEXT_DEPTH;

    /// Whether nothing was ever written, or all of it was removed. An empty map is something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_bottom()
    }

    /// The whole, as it shows; null when there is nothing.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.value().unwrap_or_default()
    }

    /// What a place shows. It is what the same keys lead to in the whole: also to a map within a register.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<Value> {
        let mut node = self;
        let mut keys = path.keys().iter();
        while node.shape()? == Shape::Map
            && let Some(key) = keys.next()
        {
            node = node.field(key)?;
        }
        match (keys.as_slice(), node.shape()?) {
            ([], _) => node.value(),
            (within, Shape::Register) => within.iter().try_fold(node.winner()?, |value, key| value.get(key)).cloned(),
            _ => None,
        }
    }

    /// The places where several values or several shapes survive, a place before those under it. Several registers with
    /// one value are no conflict.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut found = Vec::new();
        self.find_conflicts(&mut Vec::new(), &mut found);
        found
    }

    /// Makes a place read as `value`, and writes only what differs. The same as on `Causal<Document>`.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn assign(
        &mut self,
        writer: &mut Writer<'_>,
        stamp: Stamp,
        path: &Path,
        value: &Value,
        schema: &Schema,
    ) -> Result<DocumentChange, DocumentError> {
        let plan = self.planner(writer.me(), schema).assign(stamp, path, value)?;
        Ok(self.carry_out(plan, writer))
    }

    /// Adds to a counter. The same as on `Causal<Document>`.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn increment(
        &mut self,
        writer: &mut Writer<'_>,
        path: &Path,
        by: i64,
        schema: &Schema,
    ) -> Result<DocumentChange, DocumentError> {
        let plan = self.planner(writer.me(), schema).increment(path, by)?;
        Ok(self.carry_out(plan, writer))
    }

    /// Adds an element to a set. The same as on `Causal<Document>`.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn insert(
        &mut self,
        writer: &mut Writer<'_>,
        path: &Path,
        element: &Value,
        schema: &Schema,
    ) -> Result<DocumentChange, DocumentError> {
        let plan = self.planner(writer.me(), schema).insert(path, element)?;
        Ok(self.carry_out(plan, writer))
    }

    /// Takes an element out of a set. The same as on `Causal<Document>`.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn take_out(
        &mut self,
        writer: &mut Writer<'_>,
        path: &Path,
        element: &Value,
        schema: &Schema,
    ) -> Result<DocumentChange, DocumentError> {
        let plan = self.planner(writer.me(), schema).take_out(path, element)?;
        Ok(self.carry_out(plan, writer))
    }

    /// Removes what is known at a place and under it. The same as on `Causal<Document>`.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn remove(&mut self, writer: &mut Writer<'_>, path: &Path) -> Result<DocumentChange, DocumentError> {
        let plan = self.planner(writer.me(), &Schema::new()).remove(path)?;
        Ok(self.carry_out(plan, writer))
    }

    fn planner<'a>(&'a self, me: ReplicaId, schema: &'a Schema) -> Planner<'a> {
        Planner { root: self, me, schema }
    }
}

impl Causal<Document> {
    /// Makes a place read as `value`, and writes only what differs: a value that is there already gives an empty delta.
    ///
    /// Maps on the way to the place are made where nothing is yet. Whatever else is alive at the place, or under a key
    /// of the value, is killed: a conflict there is settled.
    ///
    /// # Errors
    ///
    /// Nothing changed in any of these cases: [`DocumentError::Input`] with `TooDeep` when path and value together are
    /// deeper than the schema's limits allow; [`DocumentError::Unfit`] when a part of the value is not what the schema
    /// says of its place; [`DocumentError::NoMap`] when something on the way is no map; [`DocumentError::Overflow`]
    /// when a counter would leave the range of `i64`.
    pub fn assign(
        &mut self,
        me: ReplicaId,
        stamp: Stamp,
        path: &Path,
        value: &Value,
        schema: &Schema,
    ) -> Result<Delta<Document>, DocumentError> {
        let plan = self.planner(me, schema).assign(stamp, path, value)?;
        Ok(self.carry(me, plan))
    }

    /// Adds to a counter, which the schema must name as one; `by` may be negative. A counter that is not there is made.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn increment(
        &mut self,
        me: ReplicaId,
        path: &Path,
        by: i64,
        schema: &Schema,
    ) -> Result<Delta<Document>, DocumentError> {
        let plan = self.planner(me, schema).increment(path, by)?;
        Ok(self.carry(me, plan))
    }

    /// Adds an element to a set, which the schema must name as one. A set that is not there is made. An element that is
    /// there already is added anew, and so held against concurrent removals.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn insert(
        &mut self,
        me: ReplicaId,
        path: &Path,
        element: &Value,
        schema: &Schema,
    ) -> Result<Delta<Document>, DocumentError> {
        let plan = self.planner(me, schema).insert(path, element)?;
        Ok(self.carry(me, plan))
    }

    /// Takes an element out of a set, which the schema must name as one, as far as its additions are known here.
    /// Without it, nothing happens.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn take_out(
        &mut self,
        me: ReplicaId,
        path: &Path,
        element: &Value,
        schema: &Schema,
    ) -> Result<Delta<Document>, DocumentError> {
        let plan = self.planner(me, schema).take_out(path, element)?;
        Ok(self.carry(me, plan))
    }

    /// Removes what is known at a place and under it; the map that it was in stays, if empty. Where nothing is, nothing
    /// happens. What others write there at the same time stays.
    ///
    /// # Errors
    ///
    /// [`DocumentError::NoMap`] when something on the way is no map; nothing changed.
    pub fn remove(&mut self, me: ReplicaId, path: &Path) -> Result<Delta<Document>, DocumentError> {
        let plan = self.planner(me, &Schema::new()).remove(path)?;
        Ok(self.carry(me, plan))
    }

    fn carry(&mut self, me: ReplicaId, plan: Plan) -> Delta<Document> {
        self.mutate(me, |document, writer| document.carry_out(plan, writer))
    }
}

/// As [`Document::to_value`].
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_value().fmt(f)
    }
}
