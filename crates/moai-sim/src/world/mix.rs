//! What may go wrong in a world.

use super::Cut;
use crate::Seeds;

/// What may go wrong in a world, how often, and until when: drawn from a seed, and part of a plan.
///
/// Rates are of a thousand. From [`heals_at`](Self::heals_at) on nothing is injected any more, who is down comes back, and
/// every message arrives within [`delta`](Self::delta); clocks stay wrong, and liars go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// What the network and the disks draw from.
    pub seed: u64,
    /// When everything becomes good.
    pub heals_at: i64,
    /// How long a message takes at the most when all is well, in microseconds.
    pub delta: i64,
    /// How long it takes at the most before that.
    pub longest: i64,
    /// How many messages are lost.
    pub lost: u64,
    /// How many come twice.
    pub twice: u64,
    /// Who is cut off from whom, and when.
    pub cuts: Vec<Cut>,
    /// Before how many effects their node crashes.
    pub crash: u64,
    /// At how many writes the disk fails, or is torn by a crash.
    pub disk: u64,
    /// When all crash at once.
    pub all_crash: Option<i64>,
    /// How far clocks are ahead at the most, in microseconds.
    pub ahead: i64,
    /// How much too fast clocks run at the most, in millionths.
    pub fast: i64,
}

impl Mix {
    /// Nothing goes wrong, and a message takes at the most so long.
    #[must_use]
    pub const fn calm(seed: u64, delta: i64) -> Self {
        Self {
            seed,
            heals_at: 0,
            delta,
            longest: delta,
            lost: 0,
            twice: 0,
            cuts: Vec::new(),
            crash: 0,
            disk: 0,
            all_crash: None,
            ahead: 0,
            fast: 0,
        }
    }

    /// A mix of its own for each seed: some worlds know no fault of a kind, and others little else.
    #[must_use]
    pub fn draw(seeds: &mut Seeds, delta: i64, longest_chaos: i64, members: u32) -> Self {
        let (heals_at, short) = (within(seeds, longest_chaos), delta.max(1));
        let all = low_bits(members);
        let cuts = (0..one_of(seeds, &[0, 0, 1, 2, 4])).map(|_| {
            let from = within(seeds, heals_at);
            let until = from.saturating_add(within(seeds, heals_at.saturating_sub(from))).min(heals_at);
            // One alone, or some of them; from all others, or from some.
            let alone = 1 << seeds.below(u64::from(members.clamp(1, 64)));
            let side = if seeds.chance(50) { alone } else { all & seeds.next() };
            let other = if seeds.chance(50) { all & !side } else { all & !side & seeds.next() };
            Cut { from, until, side, other, one_way: seeds.chance(40) }
        });
        let cuts = cuts.collect();
        Self {
            seed: seeds.next(),
            heals_at,
            delta,
            longest: one_of(seeds, &[1, short, 3 * short, 12 * short]),
            lost: one_of(seeds, &[0, 50, 200, 600, 800]),
            twice: one_of(seeds, &[0, 100, 400]),
            cuts,
            crash: one_of(seeds, &[0, 0, 2, 10, 50]),
            disk: one_of(seeds, &[0, 0, 20, 100]),
            all_crash: seeds.chance(15).then(|| within(seeds, heals_at)),
            ahead: if seeds.chance(30) { short - 1 } else { 0 },
            fast: if seeds.chance(15) { 500 } else { 0 },
        }
    }

    /// Smaller mixes: each lacks one kind of fault, or heals earlier.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = vec![
            Self { cuts: Vec::new(), ..self.clone() },
            Self { lost: 0, ..self.clone() },
            Self { twice: 0, ..self.clone() },
            Self { crash: 0, ..self.clone() },
            Self { disk: 0, ..self.clone() },
            Self { all_crash: None, ..self.clone() },
            Self { ahead: 0, fast: 0, ..self.clone() },
            Self { longest: 1, ..self.clone() },
        ];
        for left_out in 0..self.cuts.len() {
            let mut fewer = self.clone();
            fewer.cuts.remove(left_out);
            all.push(fewer);
        }
        if self.heals_at > self.delta {
            let heals_at = self.heals_at / 2;
            let all_crash = self.all_crash.map(|at| at.min(heals_at));
            all.push(Self { heals_at, all_crash, ..self.clone() });
        }
        all.retain(|smaller| smaller != self);
        all
    }
}

/// A time up to this one.
fn within(seeds: &mut Seeds, end: i64) -> i64 {
    i64::try_from(seeds.below(end.unsigned_abs().saturating_add(1))).unwrap_or(end)
}

fn one_of<T: Copy + Default>(seeds: &mut Seeds, table: &[T]) -> T {
    seeds.pick(table).unwrap_or_default()
}

/// So many of the lowest bits.
fn low_bits(members: u32) -> u64 {
    u64::MAX.checked_shr(64_u32.saturating_sub(members)).unwrap_or(0)
}
