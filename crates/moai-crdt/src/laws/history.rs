//! One history of three replicas, and the laws on the states that it reaches.

use std::fmt::{Debug, Write};

use moai_core::agent_id;

use super::{Broken, Choices, Law, Laws, Turn};
use crate::{ReplicaId, Replicated};

/// How often each law is tried on states of one history.
const TRIES: usize = 12;

/// What was done, for the report.
enum Step {
    Operate(Turn, &'static str),
    Merge { from: usize, to: usize },
}

/// An operation: the states around it, and its delta.
struct Made<T: Replicated> {
    before: T,
    after: T,
    delta: T::Delta,
}

/// A replica, and which of the operations it knows.
struct Replica<T> {
    by: ReplicaId,
    state: T,
    known: Vec<usize>,
}

pub(super) struct History<T: Replicated> {
    choices: Choices,
    steps: Vec<Step>,
    made: Vec<Made<T>>,
    replicas: Vec<Replica<T>>,
    /// States to try laws on: those on the way, and some that a few deltas alone give.
    reached: Vec<T>,
}

impl<T: Replicated + Debug> History<T> {
    /// Drives `steps` steps. Only whole states are carried, so that a faulty delta is not taken for a faulty merge.
    pub(super) fn new(laws: &Laws<T>, steps: usize, choices: Choices, moved: &mut [bool]) -> Result<Self, Broken> {
        let replicas = [agent_id!("a"), agent_id!("b"), agent_id!("c")]
            .map(|agent| Replica { by: ReplicaId::derive(&agent, 0), state: T::default(), known: Vec::new() })
            .into();
        let mut history = Self { choices, steps: Vec::new(), made: Vec::new(), replicas, reached: vec![T::default()] };
        for number in 1..=steps {
            // Two operations for each merge: three replicas drift apart, and still hear of each other.
            if history.choices.below(3) < 2 {
                history.operate(laws, u64::try_from(number).unwrap_or(u64::MAX), moved)?;
            } else {
                history.merge();
            }
        }
        history.reach_by_deltas();
        Ok(history)
    }

    fn operate(&mut self, laws: &Laws<T>, number: u64, moved: &mut [bool]) -> Result<(), Broken> {
        let (replica, op) = (self.choices.below(self.replicas.len()), self.choices.below(laws.ops));
        let Some(here) = self.replicas.get_mut(replica) else { return Ok(()) };
        let before = here.state.clone();
        let turn = Turn { replica, by: here.by, op, number };
        let Some(delta) = (laws.operate)(&mut here.state, turn) else {
            let (after, same) = (here.state.clone(), here.state == before);
            self.steps.push(Step::Operate(turn, " (refused)"));
            return self.ensure(same, Law::Refusal, &[("before", &before), ("after", &after)]);
        };
        if let Some(moved) = moved.get_mut(op) {
            *moved |= here.state != before;
        }
        here.known.push(self.made.len());
        self.steps.push(Step::Operate(turn, ""));
        self.reached.push(here.state.clone());
        self.made.push(Made { before, after: here.state.clone(), delta });
        Ok(())
    }

    fn merge(&mut self) {
        let count = self.replicas.len();
        let from = self.choices.below(count);
        let to = (from + 1 + self.choices.below(count - 1)) % count;
        if let Ok([from, to]) = self.replicas.get_disjoint_mut([from, to]) {
            to.state.merge(&from.state);
            to.known.extend(&from.known);
            to.known.sort_unstable();
            to.known.dedup();
            self.reached.push(to.state.clone());
        }
        self.steps.push(Step::Merge { from, to });
    }

    /// States with gaps in what they know: what a few deltas give, whatever they build on.
    fn reach_by_deltas(&mut self) {
        for _ in 0..3 {
            let mut state = T::default();
            for _ in 0..3 {
                if let Some(made) = self.choices.one(&self.made) {
                    state.apply(&made.delta);
                }
            }
            self.reached.push(state);
        }
    }

    /// Tries every law on what was reached, in their order.
    pub(super) fn hold(&mut self, laws: &Laws<T>) -> Result<(), Broken> {
        for try_law in [
            Self::merge_laws,
            Self::neutral,
            Self::inflationary,
            Self::reporting,
            Self::delta_is_state,
            Self::deltas_in_any_order,
            Self::join_is_both,
            Self::digest_is_merge,
        ] {
            for _ in 0..TRIES {
                try_law(self)?;
            }
        }
        (0..TRIES).try_for_each(|_| self.bytes(laws))
    }

    fn merge_laws(&mut self) -> Result<(), Broken> {
        let (a, b, c) = (self.state(), self.state(), self.state());
        let aa = merged(&a, &a);
        self.ensure(aa == a, Law::Idempotent, &[("a", &a), ("a ⊔ a", &aa)])?;
        let (ab, ba) = (merged(&a, &b), merged(&b, &a));
        self.ensure(ab == ba, Law::Commutative, &[("a", &a), ("b", &b), ("a ⊔ b", &ab), ("b ⊔ a", &ba)])?;
        let (left, right) = (merged(&ab, &c), merged(&a, &merged(&b, &c)));
        let shown = [("a", &a), ("b", &b), ("c", &c), ("(a ⊔ b) ⊔ c", &left), ("a ⊔ (b ⊔ c)", &right)];
        self.ensure(left == right, Law::Associative, &shown)
    }

    fn neutral(&mut self) -> Result<(), Broken> {
        let (a, bottom) = (self.state(), T::default());
        let (learned, taught) = (merged(&bottom, &a), merged(&a, &bottom));
        let shown = [("a", &a), ("⊥ ⊔ a", &learned), ("a ⊔ ⊥", &taught)];
        self.ensure(learned == a && taught == a, Law::Neutral, &shown)
    }

    fn inflationary(&mut self) -> Result<(), Broken> {
        let (a, b) = (self.state(), self.state());
        let ab = merged(&a, &b);
        let (again_a, again_b) = (merged(&ab, &a), merged(&ab, &b));
        let shown = [("a ⊔ b", &ab), ("(a ⊔ b) ⊔ a", &again_a), ("(a ⊔ b) ⊔ b", &again_b)];
        self.ensure(again_a == ab && again_b == ab, Law::Inflationary, &shown)?;
        let Some(made) = self.choices.one(&self.made) else { return Ok(()) };
        let undone = merged(&made.after, &made.before);
        let shown = [("before", &made.before), ("after", &made.after), ("after ⊔ before", &undone)];
        self.ensure(undone == made.after, Law::Inflationary, &shown)
    }

    fn reporting(&mut self) -> Result<(), Broken> {
        let (a, b) = (self.state(), self.state());
        let mut ab = a.clone();
        let told = ab.merge(&b);
        self.ensure(told == (ab != a), Law::Reporting, &[("a", &a), ("b", &b), ("a ⊔ b", &ab)])?;
        let Some(made) = self.choices.one(&self.made) else { return Ok(()) };
        let mut with = a.clone();
        let told = with.apply(&made.delta);
        self.ensure(told == (with != a), Law::Reporting, &[("a", &a), ("a with the delta of an operation", &with)])
    }

    fn delta_is_state(&mut self) -> Result<(), Broken> {
        let here = self.state();
        let Some(made) = self.choices.one(&self.made) else { return Ok(()) };
        let here = merged(&here, &made.before);
        let (mut by_delta, whole) = (here.clone(), merged(&here, &made.after));
        by_delta.apply(&made.delta);
        let shown = [
            ("before the operation", &made.before),
            ("after the operation", &made.after),
            ("elsewhere, with the state before", &here),
            ("there, with the delta", &by_delta),
            ("there, with the whole state", &whole),
        ];
        self.ensure(by_delta == whole, Law::DeltaIsState, &shown)
    }

    fn deltas_in_any_order(&mut self) -> Result<(), Broken> {
        let Some(replica) = self.choices.one(&self.replicas) else { return Ok(()) };
        let mut order = replica.known.clone();
        for _ in 0..2 {
            order.extend(self.choices.one(&replica.known));
        }
        self.choices.shuffle(&mut order);
        let mut by_deltas = T::default();
        for made in order.iter().filter_map(|&at| self.made.get(at)) {
            by_deltas.apply(&made.delta);
        }
        let shown = [("a replica", &replica.state), ("the deltas that it knows, in another order", &by_deltas)];
        self.ensure(by_deltas == replica.state, Law::DeltasInAnyOrder, &shown)
    }

    fn join_is_both(&mut self) -> Result<(), Broken> {
        let here = self.state();
        let (Some(one), Some(other)) = (self.choices.one(&self.made), self.choices.one(&self.made)) else {
            return Ok(());
        };
        let mut joined = one.delta.clone();
        T::join(&mut joined, &other.delta);
        let (mut by_joined, mut by_both) = (here.clone(), here.clone());
        by_joined.apply(&joined);
        by_both.apply(&one.delta);
        by_both.apply(&other.delta);
        let shown = [("here", &here), ("with two deltas joined", &by_joined), ("with both", &by_both)];
        self.ensure(by_joined == by_both, Law::JoinIsBoth, &shown)
    }

    fn digest_is_merge(&mut self) -> Result<(), Broken> {
        let (here, there) = (self.state(), self.state());
        let (mut by_digest, whole) = (here.clone(), merged(&here, &there));
        by_digest.apply(&there.delta_for(&here.digest()));
        let shown =
            [("here", &here), ("there", &there), ("here, with what was missing", &by_digest), ("merged", &whole)];
        self.ensure(by_digest == whole, Law::DigestIsMerge, &shown)
    }

    fn bytes(&mut self, laws: &Laws<T>) -> Result<(), Broken> {
        let Some(encode) = &laws.encode else { return Ok(()) };
        let (a, b) = (self.state(), self.state());
        // Two ways to one state, and two states that may differ.
        for (left, right) in [(merged(&a, &b), merged(&b, &a)), (a, b)] {
            let same = encode(&left) == encode(&right);
            self.ensure(same == (left == right), Law::CanonicalBytes, &[("a", &left), ("b", &right)])?;
        }
        let Some(decode) = &laws.decode else { return Ok(()) };
        let state = self.state();
        match decode(&encode(&state)) {
            Ok(back) => self.ensure(back == state, Law::RoundTrip, &[("encoded", &state), ("decoded", &back)]),
            Err(error) => self.ensure(false, Law::RoundTrip, &[(&format!("not decoded ({error})"), &state)]),
        }
    }

    /// One of the states that were reached.
    fn state(&mut self) -> T {
        self.choices.one(&self.reached).cloned().unwrap_or_default()
    }

    fn ensure(&self, holds: bool, law: Law, shown: &[(&str, &T)]) -> Result<(), Broken> {
        if holds {
            return Ok(());
        }
        let mut how = String::from("after\n");
        // Writing into a string does not fail.
        for step in &self.steps {
            let _ = match step {
                Step::Operate(turn, end) => {
                    writeln!(how, "  {}. replica {} makes operation {}{end}", turn.number, turn.replica, turn.op)
                }
                Step::Merge { from, to } => writeln!(how, "  replica {to} merges replica {from}"),
            };
        }
        for (name, state) in shown {
            let _ = writeln!(how, "{name}: {state:?}");
        }
        Err(Broken { law, how })
    }
}

/// `a ⊔ b`.
fn merged<T: Replicated>(a: &T, b: &T) -> T {
    let mut merged = a.clone();
    merged.merge(b);
    merged
}
