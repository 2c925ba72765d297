//! Sets of dots, held against an ordinary set after every operation.

use std::collections::BTreeSet;

use moai_crdt::{CausalContext, Causality, Dot, Merge, ReplicaId};

/// A context, and what it must hold: `(replica, seq)`.
#[derive(Clone, Default)]
struct Pair {
    context: CausalContext,
    model: BTreeSet<(u64, u64)>,
}

/// Four contexts. Each operation is a byte that says what to do, and bytes for what to do it with; missing ones are zero.
pub(crate) fn check(data: &[u8]) {
    let mut pairs: [Pair; 4] = Default::default();
    let mut bytes = data.iter().copied();
    // Longer histories find nothing that short ones do not, and each step is checked in full.
    for _ in 0..80 {
        let Some(operation) = bytes.next() else { break };
        let targets = bytes.next().unwrap_or_default();
        let (at, from) = (usize::from(targets % 4), usize::from(targets / 4 % 4));
        let other = pairs[from].clone();
        let here = &mut pairs[at];
        match operation % 8 {
            0..=3 => here.insert(dot(operation, bytes.next().unwrap_or_default())),
            4 => {
                let new = !other.model.is_subset(&here.model);
                assert_eq!(here.context.merge(&other.context), new, "merge says whether anything was new");
                here.model.extend(&other.model);
            }
            5 => {
                here.context = here.context.without(&other.context);
                here.model = here.model.difference(&other.model).copied().collect();
            }
            6 => {
                here.context = here.context.both(&other.context);
                here.model = here.model.intersection(&other.model).copied().collect();
            }
            _ => *here = Pair::default(),
        }
        pairs[at].agrees();
        pairs[at].agrees_on(&pairs[from]);
    }
}

/// Three replicas; numbers that touch and leave gaps, at the beginning and at the very end.
fn dot(operation: u8, byte: u8) -> Dot {
    let seq = match u64::from(byte) {
        near if near < 0xf0 => 1 + near % 60,
        far => Dot::MAX_SEQ - (far - 0xf0),
    };
    let replica = ReplicaId::new(u64::from(operation / 8 % 3) + 1).unwrap();
    Dot::new(replica, seq).unwrap()
}

impl Pair {
    fn insert(&mut self, dot: Dot) {
        let name = (dot.replica().get(), dot.seq());
        assert_eq!(self.context.contains(dot), self.model.contains(&name));
        assert_eq!(self.context.insert(dot), self.model.insert(name), "insert says whether it was new");
        assert!(self.context.contains(dot));
    }

    /// The runs hold the same dots, and there is one form for each set.
    fn agrees(&self) {
        let mut runs: Vec<(u64, u64, u64)> = Vec::new();
        for &(replica, seq) in &self.model {
            match runs.last_mut() {
                Some((same, _, last)) if *same == replica && *last + 1 == seq => *last = seq,
                _ => runs.push((replica, seq, seq)),
            }
        }
        let got: Vec<_> = self.context.runs().map(|(replica, first, last)| (replica.get(), first, last)).collect();
        assert_eq!(got, runs);
        assert_eq!(self.context.len(), self.model.len() as u128);
        assert_eq!(self.context.is_empty(), self.model.is_empty());
        for replica in 1..=3 {
            let last = self.model.range((replica, 0)..=(replica, u64::MAX)).next_back().map_or(0, |&(_, seq)| seq);
            assert_eq!(self.context.last_of(ReplicaId::new(replica).unwrap()), last);
        }
        let mut rebuilt = CausalContext::new();
        for &(replica, seq) in self.model.iter().rev() {
            rebuilt.insert(Dot::new(ReplicaId::new(replica).unwrap(), seq).unwrap());
        }
        assert_eq!(rebuilt, self.context, "equal sets are equal, whatever their history");
    }

    fn agrees_on(&self, other: &Self) {
        let compared = match (self.model.is_subset(&other.model), other.model.is_subset(&self.model)) {
            (true, true) => Causality::Equal,
            (true, false) => Causality::Before,
            (false, true) => Causality::After,
            (false, false) => Causality::Concurrent,
        };
        assert_eq!(self.context.compare(&other.context), compared);
        assert_eq!(self.context.is_disjoint(&other.context), self.model.is_disjoint(&other.model));
    }
}
