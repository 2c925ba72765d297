//! What will be done to a place, decided before anything is done.

use moai_core::Value;

use super::{Document, DocumentChange, ElementsChange, Path, Shape, Stamped};
use crate::store::{DotFunChange, DotSet, Keyed};
use crate::{Change, DotStore, Writer};

/// What will be done to a place. Once a plan is made, carrying it out cannot fail.
///
/// Each plan but `Keep` leaves the place with one shape, except that writing further down (`Fields` that does not
/// settle) leaves the places on the way as they are.
pub(super) enum Plan {
    /// Nothing.
    Keep,
    /// Kill all that is alive.
    Clear,
    /// Replace the value.
    Register(Stamped),
    /// Replace what this replica has counted.
    Counter(i64),
    /// Add and take out elements.
    Set { add: Vec<Value>, take: Vec<Value> },
    /// Do something under keys.
    Fields { plans: Vec<(String, Plan)>, settle: bool },
}

impl Plan {
    pub(super) fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// This plan, carried out at a place.
    pub(super) fn at(self, path: &Path) -> Self {
        if self.is_keep() {
            return self;
        }
        let under = |plan, key: &String| Self::Fields { plans: vec![(key.clone(), plan)], settle: false };
        path.keys().iter().rev().fold(self, under)
    }
}

impl Document {
    /// Recursion ends at [`Document::MAX_DEPTH`]: plans are no deeper.
    pub(super) fn carry_out(&mut self, plan: Plan, writer: &mut Writer<'_>) -> DocumentChange {
        match plan {
            Plan::Keep => DocumentChange::default(),
            Plan::Clear => self.clear(),
            Plan::Register(stamped) => {
                let mut change = self.clear_but(Shape::Register);
                change.register = self.register.replace(writer.dot(), stamped);
                change
            }
            Plan::Counter(count) => self.recount(count, writer),
            Plan::Set { add, take } => self.exchange(add, &take, writer),
            Plan::Fields { plans, settle } => self.write_under(plans, settle, writer),
        }
    }

    fn recount(&mut self, count: i64, writer: &mut Writer<'_>) -> DocumentChange {
        let mut change = self.clear_but(Shape::Counter);
        let (me, dot) = (writer.me(), writer.dot());
        let recounted = self.rest.alter(|rest| {
            rest.counter.alter(|counter| {
                let mut killed = counter.dots();
                killed.retain(|dot| dot.replica() == me);
                counter.retain(|dot| dot.replica() != me);
                counter.insert(dot, count);
                DotFunChange { made: crate::DotFun::one(dot, count), killed }
            })
        });
        change.rest.get_mut().counter = recounted.into();
        change
    }

    fn exchange(&mut self, add: Vec<Value>, take: &[Value], writer: &mut Writer<'_>) -> DocumentChange {
        let mut change = self.clear_but(Shape::Set);
        let settled = !change.is_empty();
        let exchanged = self.rest.alter(|rest| {
            rest.set.alter(|set| {
                let mut all = Vec::with_capacity(add.len() + take.len());
                let mark = mark(&mut set.set, settled, writer);
                for element in add {
                    set.elements.at(&element, |dots| {
                        all.push((element.clone(), dots.replace(writer.dot(), ())));
                        true
                    });
                }
                for element in take {
                    set.elements.at(element, |dots| {
                        all.push((element.clone(), std::mem::take(dots).removal()));
                        true
                    });
                }
                ElementsChange { set: mark, elements: Keyed::from_vec(all) }
            })
        });
        change.rest.get_mut().set = exchanged.into();
        change
    }

    fn write_under(&mut self, plans: Vec<(String, Plan)>, settle: bool, writer: &mut Writer<'_>) -> DocumentChange {
        let mut change = if settle { self.clear_but(Shape::Map) } else { DocumentChange::default() };
        let settled = !change.is_empty();
        let mut all = Vec::with_capacity(plans.len());
        let mark = self.rest.alter(|rest| {
            let mark = mark(&mut rest.map, settled, writer);
            for (key, plan) in plans {
                rest.fields.at(&key, |node| {
                    all.push((key.clone(), node.carry_out(plan, writer)));
                    true
                });
            }
            mark
        });
        let rest = change.rest.get_mut();
        rest.map = mark;
        rest.fields = Keyed::from_vec(all);
        change
    }
}

/// Whoever writes into a map or a set that has no mark gives it one: it must not vanish with the last thing in it. It
/// gets a new one when other shapes were killed for its sake, so that those who did the same for another shape do not
/// end with nothing.
fn mark(mark: &mut DotSet, settled: bool, writer: &mut Writer<'_>) -> DotFunChange<()> {
    if settled || mark.is_empty() { mark.replace(writer.dot(), ()) } else { DotFunChange::default() }
}
