//! What a document must show, said without dots and contexts: a log of all that was ever written, and for each replica
//! what it has heard of and what of that was killed.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{Value, value};
use moai_crdt::{Delta, Document, DocumentError, Merge, Path, ReplicaId, Schema, Shape, Stamp};
use proptest::prelude::*;

use crate::{Doc, at, replica, stamp};

/// One thing that was written, at a place.
#[derive(Debug, Clone)]
enum Written {
    Mark(Shape),
    Element(Value),
    Count(ReplicaId, i64),
    Value(Stamp, ReplicaId, Value),
}

impl Written {
    fn shape(&self) -> Shape {
        match self {
            Self::Mark(shape) => *shape,
            Self::Element(_) => Shape::Set,
            Self::Count(..) => Shape::Counter,
            Self::Value(..) => Shape::Register,
        }
    }
}

type Log = Vec<(Path, Written)>;

/// What one replica has heard of: numbers of what was written.
#[derive(Debug, Clone, PartialEq, Default)]
struct Heard {
    written: BTreeSet<usize>,
    killed: BTreeSet<usize>,
}

impl Heard {
    fn hear(&mut self, other: &Self) {
        self.written.extend(&other.written);
        self.killed.extend(&other.killed);
    }

    fn alive<'l>(&self, log: &'l Log) -> impl Iterator<Item = (usize, &'l Path, &'l Written)> {
        self.written.difference(&self.killed).map(|number| (*number, &log[*number].0, &log[*number].1))
    }

    /// What is alive at a place or under it.
    fn within(&self, log: &Log, place: &Path) -> BTreeSet<usize> {
        self.alive(log)
            .filter(|(_, path, _)| path.keys().starts_with(place.keys()))
            .map(|(number, ..)| number)
            .collect()
    }

    fn at<'l>(&self, log: &'l Log, place: &Path) -> impl Iterator<Item = (usize, &'l Written)> {
        self.alive(log).filter(move |(_, path, _)| *path == place).map(|(number, _, written)| (number, written))
    }

    /// The keys under a place.
    fn keys(&self, log: &Log, place: &Path) -> BTreeSet<String> {
        let inside = self.alive(log).filter(|(_, path, _)| path.keys().starts_with(place.keys()));
        inside.filter_map(|(_, path, _)| path.keys().get(place.keys().len()).cloned()).collect()
    }

    fn shapes(&self, log: &Log, place: &Path) -> BTreeSet<Shape> {
        let mut shapes: BTreeSet<_> = self.at(log, place).map(|(_, written)| written.shape()).collect();
        if !self.keys(log, place).is_empty() {
            shapes.insert(Shape::Map);
        }
        shapes
    }

    /// What each replica counted last: what it counted before is a part of it.
    fn count(&self, log: &Log, place: &Path) -> i64 {
        let counts = self.at(log, place).filter_map(|(_, it)| match it {
            Written::Count(who, count) => Some((*who, *count)),
            _ => None,
        });
        counts.collect::<BTreeMap<_, _>>().into_values().sum()
    }

    /// What each replica wrote last.
    fn values(&self, log: &Log, place: &Path) -> BTreeSet<(Stamp, ReplicaId, Value)> {
        let values = self.at(log, place).filter_map(|(_, it)| match it {
            Written::Value(stamp, who, value) => Some((*who, (*stamp, *who, value.clone()))),
            _ => None,
        });
        values.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    fn show(&self, log: &Log, place: &Path) -> Option<Value> {
        Some(match self.shapes(log, place).first()? {
            Shape::Map => {
                let keys = self.keys(log, place).into_iter();
                let shown = keys.filter_map(|key| Some((key.clone(), self.show(log, &place.clone().then(key))?)));
                shown.collect::<BTreeMap<_, _>>().into()
            }
            Shape::Set => {
                let elements = self.at(log, place).filter_map(|(_, it)| match it {
                    Written::Element(element) => Some(element.clone()),
                    _ => None,
                });
                elements.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().into()
            }
            Shape::Counter => self.count(log, place).into(),
            Shape::Register => self.values(log, place).last()?.2.clone(),
            other => panic!("nothing is known of {other:?}"),
        })
    }

    fn conflicts(&self, log: &Log) -> BTreeSet<Path> {
        let places: BTreeSet<&Path> = self.alive(log).map(|(_, path, _)| path).collect();
        let several = |place: &Path| {
            let values: BTreeSet<_> = self.values(log, place).into_iter().map(|(.., value)| value).collect();
            self.shapes(log, place).len() > 1 || values.len() > 1
        };
        places.into_iter().filter(|place| several(place)).cloned().collect()
    }
}

/// A replica that writes into the log, and collects what it did.
struct Scribe<'l> {
    log: &'l mut Log,
    heard: &'l mut Heard,
    me: ReplicaId,
    schema: &'l Schema,
    did: Heard,
}

impl Scribe<'_> {
    fn write(&mut self, place: &Path, written: Written) {
        self.log.push((place.clone(), written));
        self.heard.written.insert(self.log.len() - 1);
        self.did.written.insert(self.log.len() - 1);
    }

    fn kill(&mut self, numbers: &BTreeSet<usize>) {
        self.heard.killed.extend(numbers);
        self.did.killed.extend(numbers);
    }

    /// Kills the other shapes at a place; whether there were any.
    fn settle(&mut self, place: &Path, shape: Shape) -> bool {
        let others = self.heard.within(self.log, place).into_iter().filter(|number| {
            let (path, written) = &self.log[*number];
            if path == place { written.shape() != shape } else { shape != Shape::Map }
        });
        let others: BTreeSet<_> = others.collect();
        self.kill(&others);
        !others.is_empty()
    }

    fn mark(&mut self, place: &Path, shape: Shape, anew: bool) {
        let marks =
            self.heard.at(self.log, place).filter(|(_, it)| matches!(it, Written::Mark(known) if *known == shape));
        let marks: BTreeSet<_> = marks.map(|(number, _)| number).collect();
        if anew || marks.is_empty() {
            self.kill(&marks);
            self.write(place, Written::Mark(shape));
        }
    }

    /// Marks the maps on the way to a place, if anything was done there.
    fn mark_way(&mut self, place: &Path, before: &Heard) {
        if self.did != *before {
            (0..place.keys().len())
                .for_each(|end| self.mark(&place.keys()[..end].iter().cloned().collect(), Shape::Map, false));
        }
    }

    fn assign(&mut self, place: &Path, now: Stamp, value: &Value) {
        let before = self.did.clone();
        let new = self.heard.within(self.log, place).is_empty();
        let by_default = if value.as_map().is_some() { Shape::Map } else { Shape::Register };
        let shape = self.schema.shape_at(place).unwrap_or(by_default);
        let settled = self.settle(place, shape);
        match shape {
            Shape::Map => {
                for key in self.heard.keys(self.log, place) {
                    if value.get(&key).is_none() {
                        self.kill(&self.heard.within(self.log, &place.clone().then(key)));
                    }
                }
                for (key, value) in value.as_map().unwrap() {
                    self.assign(&place.clone().then(key.as_str()), now, value);
                }
                if self.did != before || new {
                    self.mark(place, shape, settled);
                }
            }
            Shape::Set => {
                let wanted: BTreeSet<&Value> = value.as_array().unwrap().iter().collect();
                let there = self.heard.at(self.log, place).filter_map(|(number, it)| match it {
                    Written::Element(element) => Some((number, element.clone())),
                    _ => None,
                });
                let there: Vec<_> = there.collect();
                self.kill(&there.iter().filter(|(_, it)| !wanted.contains(it)).map(|(number, _)| *number).collect());
                for element in wanted.into_iter().filter(|wanted| !there.iter().any(|(_, it)| it == *wanted)) {
                    self.write(place, Written::Element(element.clone()));
                }
                if self.did != before || new {
                    self.mark(place, shape, settled);
                }
            }
            Shape::Counter => {
                let by = value.as_i64().unwrap() - self.heard.count(self.log, place);
                if by != 0 || new || settled || !self.heard.shapes(self.log, place).contains(&shape) {
                    self.count(place, by);
                }
            }
            Shape::Register => {
                let known = self.heard.values(self.log, place);
                if new || settled || known.is_empty() || known.iter().any(|(.., it)| it != value) {
                    self.kill(&self.heard.within(self.log, place));
                    self.write(place, Written::Value(now, self.me, value.clone()));
                }
            }
            other => panic!("nothing is known of {other:?}"),
        }
    }

    fn count(&mut self, place: &Path, by: i64) {
        let mine = self.heard.at(self.log, place).filter_map(|(number, it)| match it {
            Written::Count(who, count) if *who == self.me => Some((number, *count)),
            _ => None,
        });
        let mine: Vec<_> = mine.collect();
        self.kill(&mine.iter().map(|(number, _)| *number).collect());
        let count = mine.iter().map(|(_, count)| count).sum::<i64>() + by;
        self.write(place, Written::Count(self.me, count));
    }

    fn exchange(&mut self, place: &Path, element: &Value, add: bool) {
        let known = self.heard.at(self.log, place).filter(|(_, it)| matches!(it, Written::Element(e) if e == element));
        let known: BTreeSet<_> = known.map(|(number, _)| number).collect();
        if add || !known.is_empty() {
            let settled = self.settle(place, Shape::Set);
            self.kill(&known);
            if add {
                self.write(place, Written::Element(element.clone()));
            }
            self.mark(place, Shape::Set, settled);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Assign(Path, u64, Value),
    Increment(Path, i64),
    Insert(Path, Value),
    TakeOut(Path, Value),
    Remove(Path),
    /// Sends the whole state to another one.
    Merge(usize),
    /// Sends what another one's digest shows to be missing.
    Repair(usize),
    /// Takes in a delta, any that was ever made.
    Apply(usize),
    /// Takes in two as one.
    Batch(usize, usize),
}

const REPLICAS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let place = || prop::sample::select(vec!["", "/x", "/x", "/x/y", "/x/y", "/x/y/z", "/c", "/s"]).prop_map(at);
    let values = vec![
        value!(1),
        value!(2),
        value!("t"),
        value!([]),
        value!([1]),
        value!([1, 2]),
        value!({}),
        value!({"y": 1}),
        value!({"y": {"z": 2}}),
        value!({"y": {}, "z": 1}),
        value!({"x": {"y": 1}, "c": 3}),
        value!({"x": [2], "s": [1]}),
    ];
    let value = prop::sample::select(values);
    let element = || (1..3_i64).prop_map(Value::from);
    prop_oneof![
        6 => (place(), 0..3_u64, value).prop_map(|(place, now, value)| Step::Assign(place, now, value)),
        1 => (place(), -2..3_i64).prop_map(|(place, by)| Step::Increment(place, by)),
        1 => (place(), element()).prop_map(|(place, element)| Step::Insert(place, element)),
        1 => (place(), element()).prop_map(|(place, element)| Step::TakeOut(place, element)),
        2 => place().prop_map(Step::Remove),
        2 => (0..REPLICAS).prop_map(Step::Merge),
        2 => (0..REPLICAS).prop_map(Step::Repair),
        3 => any::<usize>().prop_map(Step::Apply),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Step::Batch(one, other)),
    ]
}

/// Replicas beside what they must show.
struct World {
    docs: Vec<Doc>,
    heard: Vec<Heard>,
    log: Log,
    deltas: Vec<(Delta<Document>, Heard)>,
}

impl World {
    fn take(&mut self, who: usize, step: &Step, schema: &Schema) {
        let me = replica(who as u64);
        let doc = &mut self.docs[who];
        let before = doc.clone();
        let made = match step {
            Step::Assign(place, now, value) => doc.assign(me, stamp(*now), place, value, schema),
            Step::Increment(place, by) => doc.increment(me, place, *by, schema),
            Step::Insert(place, element) => doc.insert(me, place, element, schema),
            Step::TakeOut(place, element) => doc.take_out(me, place, element, schema),
            Step::Remove(place) => doc.remove(me, place),
            _ => return self.talk(who, step),
        };
        match made {
            Err(DocumentError::NoMap { .. } | DocumentError::Unfit { .. }) => assert_eq!(self.docs[who], before),
            Err(error) => panic!("{error}"),
            Ok(delta) => {
                let mut scribe =
                    Scribe { log: &mut self.log, heard: &mut self.heard[who], me, schema, did: Heard::default() };
                let place = match step {
                    Step::Assign(place, now, value) => {
                        scribe.assign(place, stamp(*now), value);
                        place
                    }
                    Step::Increment(place, by) => {
                        let settled = scribe.settle(place, Shape::Counter);
                        let there = !scribe.heard.shapes(scribe.log, place).is_empty();
                        if settled || !there || *by != 0 {
                            scribe.count(place, *by);
                        }
                        place
                    }
                    Step::Insert(place, element) | Step::TakeOut(place, element) => {
                        scribe.exchange(place, element, matches!(step, Step::Insert(..)));
                        place
                    }
                    Step::Remove(place) => {
                        scribe.kill(&scribe.heard.within(scribe.log, place));
                        place
                    }
                    _ => unreachable!(),
                };
                scribe.mark_way(place, &Heard::default());
                let did = scribe.did;
                assert_eq!(
                    delta.dots().len(),
                    did.written.union(&did.killed).count() as u128,
                    "least writes: {step:?}"
                );
                self.deltas.push((delta, did));
            }
        }
    }

    fn talk(&mut self, who: usize, step: &Step) {
        let (doc, heard) = (self.docs[who].clone(), self.heard[who].clone());
        let pick = |number: usize| self.deltas.get(number.checked_rem(self.deltas.len())?).cloned();
        match step {
            Step::Merge(to) => {
                self.docs[*to].merge(&doc);
                self.heard[*to].hear(&heard);
            }
            Step::Repair(to) => {
                let missing = doc.delta_for(&self.docs[*to].digest());
                self.docs[*to].apply(&missing);
                self.heard[*to].hear(&heard);
            }
            Step::Apply(number) => {
                if let Some((delta, did)) = pick(*number) {
                    self.docs[who].apply(&delta);
                    self.heard[who].hear(&did);
                }
            }
            Step::Batch(one, other) => {
                if let (Some((mut delta, mut did)), Some((second, too))) = (pick(*one), pick(*other)) {
                    delta.join(&second);
                    did.hear(&too);
                    self.docs[who].apply(&delta);
                    self.heard[who].hear(&did);
                    self.deltas.push((delta, did));
                }
            }
            _ => unreachable!(),
        }
    }

    fn check(&self) {
        for (doc, heard) in self.docs.iter().zip(&self.heard) {
            assert_eq!(doc.get(&Path::root()), heard.show(&self.log, &Path::root()));
            let listed: BTreeSet<_> = doc.conflicts().into_iter().map(|conflict| conflict.path).collect();
            assert_eq!(listed, heard.conflicts(&self.log));
            for conflict in doc.conflicts() {
                let survivors = conflict.survivors;
                assert_eq!(doc.get(&conflict.path).as_ref(), Some(&survivors[0].value), "what is shown comes first");
                let known = heard.values(&self.log, &conflict.path);
                let values = survivors.iter().filter_map(|it| it.written.map(|(at, who)| (at, who, it.value.clone())));
                assert!(values.eq(known.into_iter().rev()), "all values, the greatest first");
                let shapes: BTreeSet<_> = survivors.iter().map(|it| it.shape).collect();
                assert_eq!(shapes, heard.shapes(&self.log, &conflict.path));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_history_shows_something_else_than_the_specification(
        steps in prop::collection::vec((0..REPLICAS, step(), 0..2_usize), 1..32)
    ) {
        // Two schemas that contradict each other, so that all shapes meet at one place.
        let schemas = [
            Schema::new().set("/s").unwrap().counter("/c").unwrap(),
            Schema::new().set("/x").unwrap().counter("/x/y").unwrap().set("/x/y/z").unwrap(),
        ];
        let mut world = World {
            docs: vec![Doc::default(); REPLICAS],
            heard: vec![Heard::default(); REPLICAS],
            log: Log::new(),
            deltas: Vec::new(),
        };
        for (who, step, schema) in &steps {
            world.take(*who, step, &schemas[*schema]);
            world.check();
        }
        // Whoever hears all ends with the same: by whole states, by deltas backwards, by digests.
        let mut whole = world.docs[0].clone();
        world.docs[1..].iter().for_each(|doc| { whole.merge(doc); });
        let mut by_deltas = Doc::default();
        world.deltas.iter().rev().for_each(|(delta, _)| { by_deltas.apply(delta); });
        let mut by_digest = world.docs[2].clone();
        for doc in [&world.docs[1], &world.docs[0]] {
            by_digest.apply(&doc.delta_for(&by_digest.digest()));
        }
        prop_assert_eq!(&whole, &by_deltas);
        prop_assert_eq!(&whole, &by_digest);
        prop_assert!(!whole.merge(&by_deltas), "nothing is new");
        let again = whole.clone();
        prop_assert!(!whole.merge(&again));
    }
}
