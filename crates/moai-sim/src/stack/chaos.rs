//! What goes wrong in a world of the whole stack, planned by its seed.

use std::time::Duration;

use moai_core::AgentId;

use crate::Seeds;

/// What goes wrong in a world: the network and the disks by chance, cuts and crashes at set times, and none of it from
/// [`heals`](Self::heals) on. Rates are of a hundred.
///
/// ```
/// use moai_sim::Seeds;
/// use moai_sim::stack::Chaos;
///
/// let drawn = Chaos::draw(&mut Seeds::new(7), 5, 2_000);
/// assert_eq!(drawn, Chaos::draw(&mut Seeds::new(7), 5, 2_000));
/// assert!(Chaos::NONE.smaller().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chaos {
    /// Messages that never arrive.
    pub lost: u64,
    /// Messages that arrive twice.
    pub repeated: u64,
    /// Messages that arrive later than what is sent behind them.
    pub late: u64,
    /// By how many milliseconds at the most.
    pub latest: u64,
    /// Writes that are refused: nothing changed.
    pub refused: u64,
    /// Writes of which nobody knows what became of them.
    pub failed: u64,
    /// Writes that hang until the world heals, of a thousand.
    pub hung: u64,
    /// Writes around which the process crashes.
    pub crashed: u64,
    /// How many milliseconds clocks differ at the most.
    pub skew: u64,
    /// Who does not reach whom for a while.
    pub cuts: Vec<Cut>,
    /// Who crashes when.
    pub crashes: Vec<Crash>,
    /// After how many milliseconds nothing goes wrong any more.
    pub heals: u64,
}

/// A part of the network that is cut off from the rest for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// From this millisecond on.
    pub from: u64,
    /// Until this one.
    pub until: u64,
    /// Who is on one side: a bit for each of 64 classes of names.
    pub side: u64,
    /// Whether only what that side sends is cut off.
    pub one_way: bool,
}

/// A process that crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Which one, by its number in the world.
    pub process: usize,
    /// At this millisecond.
    pub at: u64,
}

impl Chaos {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        lost: 0,
        repeated: 0,
        late: 0,
        latest: 0,
        refused: 0,
        failed: 0,
        hung: 0,
        crashed: 0,
        skew: 0,
        cuts: Vec::new(),
        crashes: Vec::new(),
        heals: 0,
    };

    /// What goes wrong among so many processes within so many milliseconds. Which kinds of faults there are at all is drawn,
    /// too: a world in which everything fails at once hides what a single fault shows.
    #[must_use]
    pub fn draw(seeds: &mut Seeds, processes: usize, heals: u64) -> Self {
        let mut rate = |likely: u64, most: u64| if seeds.chance(likely) { 1 + seeds.below(most) } else { 0 };
        let (lost, repeated, late) = (rate(60, 30), rate(50, 30), rate(60, 50));
        let (refused, failed, hung, crashed) = (rate(40, 15), rate(25, 4), rate(15, 20), rate(50, 8));
        let (latest, skew) = (rate(100, 200), rate(50, 120));
        let (cuts, crashes) = (rate(50, 3), rate(70, 5));
        let cuts = (0..cuts).map(|_| Cut::draw(seeds, heals)).collect();
        let crash =
            |_| Crash { process: usize::try_from(seeds.below(processes as u64)).unwrap_or(0), at: seeds.below(heals) };
        let crashes = (0..crashes).map(crash).collect();
        Self { lost, repeated, late, latest, refused, failed, hung, crashed, skew, cuts, crashes, heals }
    }

    /// The same with one kind of fault, one cut or one crash less.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        let without: [fn(&mut Self); 8] = [
            |it| it.lost = 0,
            |it| it.repeated = 0,
            |it| it.late = 0,
            |it| it.refused = 0,
            |it| it.failed = 0,
            |it| it.hung = 0,
            |it| it.crashed = 0,
            |it| it.skew = 0,
        ];
        for without in without {
            let mut less = self.clone();
            without(&mut less);
            smaller.push(less);
        }
        for at in 0..self.cuts.len() {
            let mut less = self.clone();
            less.cuts.remove(at);
            smaller.push(less);
        }
        for at in 0..self.crashes.len() {
            let mut less = self.clone();
            less.crashes.remove(at);
            smaller.push(less);
        }
        smaller.retain(|less| less != self);
        smaller
    }

    /// When this process crashes, rising.
    #[must_use]
    pub fn crashes_of(&self, process: usize) -> Vec<Duration> {
        let its = self.crashes.iter().filter(|crash| crash.process == process);
        let mut times: Vec<_> = its.map(|crash| Duration::from_millis(crash.at)).collect();
        times.sort_unstable();
        times
    }
}

impl Cut {
    fn draw(seeds: &mut Seeds, heals: u64) -> Self {
        let from = seeds.below(heals);
        Self { from, until: from + 20 + seeds.below(heals / 2), side: seeds.next(), one_way: seeds.chance(40) }
    }

    /// These are cut off from the rest, both ways, from one millisecond until another. Names are told apart by 64 classes:
    /// [`severs`](Self::severs) says whether somebody else is cut off with them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use moai_core::agent_id;
    /// use moai_sim::stack::Cut;
    ///
    /// let (one, other) = (agent_id!("planner"), agent_id!("critic"));
    /// let cut = Cut::around([&one], 1_000, 2_000);
    /// assert!(cut.severs(Duration::from_millis(1_500), &one, &other));
    /// assert!(!cut.severs(Duration::from_millis(2_000), &one, &other));
    /// ```
    #[must_use]
    pub fn around<'a>(names: impl IntoIterator<Item = &'a AgentId>, from: u64, until: u64) -> Self {
        let side = names.into_iter().fold(0, |side, name| side | 1 << Self::class(name));
        Self { from, until, side, one_way: false }
    }

    /// Whether what is sent at this time does not arrive.
    #[must_use]
    pub fn severs(&self, at: Duration, from: &AgentId, to: &AgentId) -> bool {
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        if !(self.from..self.until).contains(&at) {
            return false;
        }
        match (self.holds(from), self.holds(to)) {
            (true, false) => true,
            (false, true) => !self.one_way,
            _ => false,
        }
    }

    fn holds(&self, name: &AgentId) -> bool {
        self.side >> Self::class(name) & 1 == 1
    }

    /// Which of 64 classes a name is in.
    fn class(name: &AgentId) -> u64 {
        let bytes = name.as_str().bytes();
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The last letter alone tells `agent-1` from `agent-2`: it must reach the bits that are taken.
        let mixed = (hash ^ hash >> 32).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed ^ mixed >> 32).wrapping_mul(0xc4ce_b9fe_1a85_ec53) >> 58
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_cut_does_not_separate_agents_of_like_names() {
        for start in ["agent-", "voter-", "agent-0000"] {
            let names = (0..10).map(|number| AgentId::new(format!("{start}{number}")).unwrap());
            let classes: BTreeSet<u64> = names.map(|name| Cut::class(&name)).collect();
            assert!(classes.len() >= 8, "{start}: {classes:?}");
        }
    }
}
