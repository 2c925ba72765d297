//! What a seed makes of replicas.

use std::collections::BTreeSet;

use crate::Seeds;
use crate::world::Mix;

/// How long a message takes at the most once the network is good, in microseconds.
const DELTA: i64 = 100_000;

/// Which type is on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are called as the types are")]
pub enum Kind {
    LwwMap,
    MvRegister,
    OrMap,
    OrSet,
    PnCounter,
    RwSet,
}

/// A change that somebody asks of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its number in the world: below 128.
    pub number: u32,
    /// Which operation of the type.
    pub op: u8,
    /// Whether it waits, to be sent together with the next.
    pub hold: bool,
    /// By how many milliseconds its stamp lies in the future.
    pub ahead: u64,
}

/// What a seed makes of replicas: which type, who changes what and when, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The type.
    pub kind: Kind,
    /// How many replicas there are.
    pub replicas: u32,
    /// Who is asked for what, and when.
    pub operations: Vec<(i64, u32, Operation)>,
    /// Who repeats what it hears, besides the replicas: none, one that repeats old things, one that floods.
    pub echoes: BTreeSet<u32>,
    /// What goes wrong.
    pub mix: Mix,
}

impl Plan {
    /// A plan from a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut seeds = Seeds::new(seed);
        let kinds = [Kind::LwwMap, Kind::MvRegister, Kind::OrMap, Kind::OrSet, Kind::PnCounter, Kind::RwSet];
        let kind = seeds.pick(&kinds).unwrap_or(Kind::OrSet);
        let replicas = seeds.pick(&[2, 3, 3, 4, 5, 6]).unwrap_or(3);
        let echoes: BTreeSet<u32> = (0..2).filter(|_| seeds.chance(25)).collect();
        let mix = Mix::draw(&mut seeds, DELTA, 4_000_000, replicas);
        let count = seeds.below(if mix.disk > 0 { 120 } else { 60 });
        let stamps_ahead = seeds.chance(20);
        let operations = (0..count).map(|number| {
            let when = i64::try_from(seeds.below(mix.heals_at.unsigned_abs() + 500_000)).unwrap_or_default();
            let place = u32::try_from(seeds.below(replicas.into())).unwrap_or_default();
            let number = u32::try_from(number).unwrap_or_default();
            let [op, ..] = seeds.next().to_le_bytes();
            let ahead = if stamps_ahead && place == 0 { 3_600_000 } else { 0 };
            (when, place, Operation { number, op, hold: seeds.chance(20), ahead })
        });
        let operations = operations.collect();
        Self { kind, replicas, operations, echoes, mix }
    }

    /// Plans that lack something of this one.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let count = self.operations.len();
        for size in [count / 2, count / 4, 1] {
            let starts = (0..count).step_by(size.max(1)).filter(|_| size > 0);
            all.extend(starts.map(|start| {
                let mut fewer = self.clone();
                fewer.operations.drain(start..(start + size).min(count));
                fewer
            }));
        }
        all.push(Self { echoes: BTreeSet::new(), ..self.clone() });
        all.extend(self.mix.smaller().into_iter().map(|mix| Self { mix, ..self.clone() }));
        all.retain(|smaller| smaller != self);
        all
    }
}
