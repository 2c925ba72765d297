//! Compares what is there with what shall be, and finds out whether it may.

use std::collections::BTreeSet;

use moai_core::{Number, Value};

use super::plan::Plan;
use super::{Document, DocumentError, Path, Schema, Shape, Stamped};
use crate::{ReplicaId, Stamp};

/// Makes plans for one replica's document under one schema, and changes nothing.
pub(super) struct Planner<'a> {
    pub(super) root: &'a Document,
    pub(super) me: ReplicaId,
    pub(super) schema: &'a Schema,
}

impl Planner<'_> {
    pub(super) fn assign(&self, stamp: Stamp, path: &Path, value: &Value) -> Result<Plan, DocumentError> {
        self.schema.check_depth(path.keys().len().saturating_add(value.depth()))?;
        let (node, mut keys) = self.find(path)?;
        Ok(self.value(stamp, node, &mut keys, value)?.at(path))
    }

    pub(super) fn increment(&self, path: &Path, by: i64) -> Result<Plan, DocumentError> {
        self.schema.check_depth(path.keys().len())?;
        let (node, keys) = self.find(path)?;
        self.must_be(Shape::Counter, &keys, "increment")?;
        let wanted = node.map_or(0, Document::count).saturating_add(by.into());
        Ok(self.count(node, &keys, wanted)?.at(path))
    }

    pub(super) fn insert(&self, path: &Path, element: &Value) -> Result<Plan, DocumentError> {
        self.schema.check_depth(path.keys().len().saturating_add(element.depth()).saturating_add(1))?;
        let (_, keys) = self.find(path)?;
        self.must_be(Shape::Set, &keys, "element")?;
        Ok(Plan::Set { add: vec![element.clone()], take: Vec::new() }.at(path))
    }

    pub(super) fn take_out(&self, path: &Path, element: &Value) -> Result<Plan, DocumentError> {
        let (node, keys) = self.find(path)?;
        self.must_be(Shape::Set, &keys, "element")?;
        if node.and_then(Document::elements).is_none_or(|elements| !elements.contains_key(element)) {
            return Ok(Plan::Keep);
        }
        Ok(Plan::Set { add: Vec::new(), take: vec![element.clone()] }.at(path))
    }

    pub(super) fn remove(&self, path: &Path) -> Result<Plan, DocumentError> {
        let (node, _) = self.find(path)?;
        Ok(if node.is_some() { Plan::Clear.at(path) } else { Plan::Keep })
    }

    /// What lies at a place, and its keys; everything on the way must be a map, or nothing yet.
    fn find<'p>(&self, path: &'p Path) -> Result<(Option<&Document>, Vec<&'p str>), DocumentError> {
        let mut node = Some(self.root);
        let mut keys = Vec::with_capacity(path.keys().len());
        for key in path.keys() {
            let (said, shown) = (self.schema.find(&keys), node.and_then(Document::shape));
            if let Some(shape) = [said, shown].into_iter().flatten().find(|shape| *shape != Shape::Map) {
                return Err(DocumentError::NoMap { path: keys.into_iter().collect(), shape });
            }
            node = node.and_then(|node| node.field(key));
            keys.push(key.as_str());
        }
        Ok((node, keys))
    }

    /// Recursion ends at [`Document::MAX_DEPTH`]: the depth was checked.
    fn value<'v>(
        &self,
        stamp: Stamp,
        node: Option<&Document>,
        keys: &mut Vec<&'v str>,
        value: &'v Value,
    ) -> Result<Plan, DocumentError> {
        let shape = self.schema.shape_of(keys, value);
        match (shape, value) {
            (Shape::Map, Value::Map(wanted)) => {
                let mut plans = Vec::new();
                for (key, value) in wanted {
                    keys.push(key);
                    let plan = self.value(stamp, node.and_then(|node| node.field(key)), keys, value)?;
                    keys.pop();
                    if !plan.is_keep() {
                        plans.push((key.clone(), plan));
                    }
                }
                let gone = node.into_iter().flat_map(Document::fields).filter(|(key, _)| !wanted.contains_key(key));
                plans.extend(gone.map(|(key, _)| (key.clone(), Plan::Clear)));
                plans.sort_unstable_by(|one, other| one.0.cmp(&other.0));
                let as_is = plans.is_empty() && only(node, shape);
                Ok(if as_is { Plan::Keep } else { Plan::Fields { plans, settle: true } })
            }
            (Shape::Set, Value::Array(wanted)) => {
                let wanted: BTreeSet<&Value> = wanted.iter().collect();
                let there = node.and_then(Document::elements);
                let is_new = |element: &&&Value| there.is_none_or(|there| !there.contains_key(**element));
                let add: Vec<_> = wanted.iter().filter(is_new).map(|element| (*element).clone()).collect();
                let gone = there.into_iter().flat_map(|there| there.iter()).filter(|(it, _)| !wanted.contains(it));
                let take: Vec<_> = gone.map(|(element, _)| element.clone()).collect();
                let as_is = add.is_empty() && take.is_empty() && only(node, shape);
                Ok(if as_is { Plan::Keep } else { Plan::Set { add, take } })
            }
            (Shape::Counter, Value::Number(wanted)) if wanted.is_integer() => {
                let wanted = wanted.as_i64().ok_or_else(|| overflow(keys))?;
                self.count(node, keys, wanted.into())
            }
            (Shape::Register, value) => {
                let as_is = node.is_some_and(|node| node.values().all(|(_, it)| it.value == *value));
                let as_is = as_is && only(node, shape);
                Ok(if as_is { Plan::Keep } else { Plan::Register(Stamped { stamp, value: value.clone() }) })
            }
            _ => Err(DocumentError::Unfit { path: path(keys), shape, got: name(value) }),
        }
    }

    /// Makes a counter read `wanted`.
    fn count(&self, node: Option<&Document>, keys: &[&str], wanted: i128) -> Result<Plan, DocumentError> {
        let by = wanted.saturating_sub(node.map_or(0, Document::count));
        if by == 0 && only(node, Shape::Counter) {
            return Ok(Plan::Keep);
        }
        // Others may have counted beyond the range at the same time; then the way back is open.
        let leaves = if by < 0 { wanted < i64::MIN.into() } else { by > 0 && wanted > i64::MAX.into() };
        let mine = i128::from(node.map_or(0, |node| node.count_of(self.me))).saturating_add(by);
        i64::try_from(mine).ok().filter(|_| !leaves).map(Plan::Counter).ok_or_else(|| overflow(keys))
    }

    /// What can be written only by name must be what the schema says.
    fn must_be(&self, shape: Shape, keys: &[&str], got: &'static str) -> Result<(), DocumentError> {
        match self.schema.find(keys) {
            Some(said) if said == shape => Ok(()),
            said => Err(DocumentError::Unfit { path: path(keys), shape: said.unwrap_or(Shape::Register), got }),
        }
    }
}

/// Whether this shape and no other is alive there.
fn only(node: Option<&Document>, shape: Shape) -> bool {
    node.is_some_and(|node| node.is_only(shape))
}

fn path(keys: &[&str]) -> Path {
    keys.iter().copied().collect()
}

fn overflow(keys: &[&str]) -> DocumentError {
    DocumentError::Overflow { path: path(keys) }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if Number::is_integer(*number) => "integer",
        Value::Number(_) => "float",
        Value::Text(_) => "text",
        Value::Array(_) => "array",
        Value::Map(_) => "map",
    }
}
