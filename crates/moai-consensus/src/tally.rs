//! What has been said so far, counted.

use crate::Electorate;
use crate::final_tally::FinalTally;

/// Where one voter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Standing {
    /// May still say anything, or nothing.
    Outstanding,
    /// Voted for it.
    For,
    /// Voted against it.
    Against,
    /// Took part, without a side.
    Abstain,
    /// Has said nothing, and will not be heard any more.
    Silent,
    /// Is proven to have said two things: counts for no side.
    Spoiled,
    /// Answered with what is no ballot.
    Invalid,
}

impl Standing {
    /// How many there are.
    const COUNT: usize = 7;

    /// Whether this voter will be heard no more and has not voted: to a rule it is silent.
    #[must_use]
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Silent | Self::Spoiled | Self::Invalid)
    }
}

impl From<crate::Choice> for Standing {
    fn from(choice: crate::Choice) -> Self {
        match choice {
            crate::Choice::For => Self::For,
            crate::Choice::Against => Self::Against,
            crate::Choice::Abstain => Self::Abstain,
        }
    }
}

/// Some voters, and what they weigh together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Count {
    /// How many they are.
    pub heads: u64,
    /// What they weigh, in the electorate's unit.
    pub weight: u64,
}

impl std::ops::Add for Count {
    type Output = Self;

    // Both stay within the electorate's own totals, which fit.
    fn add(self, other: Self) -> Self {
        Self { heads: self.heads + other.heads, weight: self.weight + other.weight }
    }
}

/// Counts by standing.
pub(crate) type Row<T> = [T; Standing::COUNT];

/// What has been said so far: by heads and by weight, in all and for each class of voters. Counting one voter costs the
/// same however many there are.
///
/// ```
/// use moai_consensus::{Electorate, Standing, Tally};
/// use moai_core::agent_id;
///
/// let mut tally = Tally::new(Electorate::of([agent_id!("agent-1"), agent_id!("agent-2")])?);
/// tally.record(0, Standing::For);
/// assert_eq!(tally.count(Standing::For).heads, 1);
/// assert_eq!(tally.count(Standing::Outstanding).heads, 1);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tally {
    electorate: Electorate,
    standings: Vec<Standing>,
    totals: Row<Count>,
    /// Heads of each class.
    pub(crate) classes: Vec<Row<u64>>,
    /// Heads of each group.
    pub(crate) groups: Vec<Row<u64>>,
    /// In how many groups somebody has voted for it.
    pub(crate) groups_for: u64,
    /// In how many groups somebody has, or still can.
    pub(crate) groups_within_reach: u64,
    /// Heads with a veto.
    pub(crate) vetoes: Row<u64>,
}

impl Tally {
    /// Nobody has said anything yet.
    #[must_use]
    pub fn new(electorate: Electorate) -> Self {
        let mut tally = Self {
            standings: vec![Standing::Outstanding; electorate.len()],
            totals: Row::default(),
            classes: vec![Row::default(); electorate.classes().len()],
            groups: vec![Row::default(); electorate.groups().len()],
            groups_for: 0,
            groups_within_reach: electorate.groups().len() as u64,
            vetoes: Row::default(),
            electorate,
        };
        let outstanding = Standing::Outstanding as usize;
        let [all, ..] = &mut tally.totals;
        *all = Count { heads: tally.electorate.len() as u64, weight: tally.electorate.total_weight() };
        for (class, row) in tally.electorate.classes().iter().zip(&mut tally.classes) {
            add(row, outstanding, class.members);
            if let Some(group) = class.group.and_then(|group| tally.groups.get_mut(group)) {
                add(group, outstanding, class.members);
            }
            if class.veto {
                add(&mut tally.vetoes, outstanding, class.members);
            }
        }
        tally
    }

    /// Whose votes are counted.
    #[must_use]
    pub fn electorate(&self) -> &Electorate {
        &self.electorate
    }

    /// Where the voter at a place stands; `None` behind the last.
    #[inline]
    #[must_use]
    pub fn standing(&self, index: usize) -> Option<Standing> {
        self.standings.get(index).copied()
    }

    /// Where each voter stands, in the electorate's order.
    #[must_use]
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }

    /// Lets the voter at a place stand anew, and returns where it stood; `None`, and nothing changed, behind the last.
    #[inline]
    pub fn record(&mut self, index: usize, standing: Standing) -> Option<Standing> {
        let before = std::mem::replace(self.standings.get_mut(index)?, standing);
        let class_at = self.electorate.class_of(index)?;
        let class = self.electorate.classes().get(class_at)?;
        for (at, up) in [(before as usize, false), (standing as usize, true)] {
            if let Some(total) = self.totals.get_mut(at) {
                step(&mut total.heads, 1, up);
                step(&mut total.weight, class.weight, up);
            }
            if let Some(heads) = self.classes.get_mut(class_at).and_then(|row| row.get_mut(at)) {
                step(heads, 1, up);
            }
            if let Some(heads) = self.vetoes.get_mut(at).filter(|_| class.veto) {
                step(heads, 1, up);
            }
        }
        if let Some(row) = class.group.and_then(|group| self.groups.get_mut(group)) {
            let (had, could) = (votes_for(row) > 0, within_reach(row));
            for (at, up) in [(before as usize, false), (standing as usize, true)] {
                if let Some(heads) = row.get_mut(at) {
                    step(heads, 1, up);
                }
            }
            let (has, can) = (votes_for(row) > 0, within_reach(row));
            self.groups_for = self.groups_for + u64::from(has) - u64::from(had);
            self.groups_within_reach = self.groups_within_reach + u64::from(can) - u64::from(could);
        }
        Some(before)
    }

    /// How many stand there.
    #[inline]
    #[must_use]
    pub fn count(&self, standing: Standing) -> Count {
        self.totals.get(standing as usize).copied().unwrap_or_default()
    }

    /// How many have voted, whatever they said.
    #[must_use]
    pub fn cast(&self) -> Count {
        self.count(Standing::For) + self.count(Standing::Against) + self.count(Standing::Abstain)
    }

    /// How it stands when everybody who is outstanding stays silent.
    #[must_use]
    pub fn as_it_is(&self) -> FinalTally<'_> {
        self.completed(Standing::Silent)
    }

    /// How it stands when everybody who is outstanding does this.
    #[inline]
    pub(crate) fn completed(&self, by: Standing) -> FinalTally<'_> {
        FinalTally::completed(self, by)
    }

    /// How it stands when of each class so many vote for it, against it, and abstain; the rest of it stays silent.
    pub(crate) fn completed_with<'a>(&'a self, choices: &'a [[u64; 3]]) -> FinalTally<'a> {
        FinalTally::completed_with(self, choices)
    }

    /// How many of each class are outstanding.
    pub(crate) fn outstanding_of_classes(&self) -> impl Iterator<Item = u64> {
        self.classes.iter().map(|row| at(row, Standing::Outstanding))
    }
}

fn step(number: &mut u64, by: u64, up: bool) {
    *number = if up { *number + by } else { *number - by };
}

fn add(row: &mut Row<u64>, at: usize, heads: u64) {
    if let Some(place) = row.get_mut(at) {
        *place += heads;
    }
}

#[inline]
pub(crate) fn at(row: &Row<u64>, standing: Standing) -> u64 {
    row.get(standing as usize).copied().unwrap_or_default()
}

pub(crate) fn votes_for(row: &Row<u64>) -> u64 {
    at(row, Standing::For)
}

fn within_reach(row: &Row<u64>) -> bool {
    votes_for(row) + at(row, Standing::Outstanding) > 0
}
