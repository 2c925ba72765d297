//! What everybody has said in the end: what a rule judges.

use crate::tally::{at, votes_for};
use crate::{Class, Count, Standing, Tally};

/// What everybody has said in the end: what a [`Rule`](crate::Rule) judges. Who did not vote is silent, whatever the
/// reason.
///
/// ```
/// use moai_consensus::{Electorate, Standing, Tally};
/// use moai_core::agent_id;
///
/// let mut tally = Tally::new(Electorate::of([agent_id!("agent-1"), agent_id!("agent-2")])?);
/// tally.record(1, Standing::Against);
/// let end = tally.as_it_is();
/// assert_eq!((end.members().heads, end.against().heads, end.silent().heads), (2, 1, 1));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FinalTally<'a> {
    tally: &'a Tally,
    rest: Rest<'a>,
}

/// What those do who are outstanding.
#[derive(Debug, Clone, Copy)]
enum Rest<'a> {
    All(Standing),
    /// For, against and abstain in each class.
    Each(&'a [[u64; 3]]),
}

impl<'a> FinalTally<'a> {
    /// Everybody who is outstanding does this.
    #[inline]
    pub(crate) const fn completed(tally: &'a Tally, by: Standing) -> Self {
        Self { tally, rest: Rest::All(by) }
    }

    /// Of each class so many vote for it, against it, and abstain; the rest of it stays silent.
    pub(crate) const fn completed_with(tally: &'a Tally, choices: &'a [[u64; 3]]) -> Self {
        Self { tally, rest: Rest::Each(choices) }
    }
}

impl FinalTally<'_> {
    /// Everybody who may vote.
    #[inline]
    #[must_use]
    pub fn members(&self) -> Count {
        let electorate = self.tally.electorate();
        Count { heads: electorate.len() as u64, weight: electorate.total_weight() }
    }

    /// So many of the weights that it counts are a weight of 1.
    pub(crate) fn unit(&self) -> u64 {
        self.tally.electorate().unit()
    }

    /// Who voted for it.
    #[inline]
    #[must_use]
    pub fn in_favour(&self) -> Count {
        self.of(Standing::For)
    }

    /// Who voted against it.
    #[inline]
    #[must_use]
    pub fn against(&self) -> Count {
        self.of(Standing::Against)
    }

    /// Who took part without a side.
    #[inline]
    #[must_use]
    pub fn abstained(&self) -> Count {
        self.of(Standing::Abstain)
    }

    /// Who voted, whatever they said.
    #[inline]
    #[must_use]
    pub fn cast(&self) -> Count {
        self.expressed() + self.abstained()
    }

    /// Who took a side.
    #[inline]
    #[must_use]
    pub fn expressed(&self) -> Count {
        self.in_favour() + self.against()
    }

    /// Who did not vote.
    #[must_use]
    pub fn silent(&self) -> Count {
        let (members, cast) = (self.members(), self.cast());
        Count { heads: members.heads - cast.heads, weight: members.weight - cast.weight }
    }

    /// How many of those with a veto voted against it.
    #[must_use]
    pub fn vetoed(&self) -> u64 {
        let said = at(&self.tally.vetoes, Standing::Against);
        said + match self.rest {
            Rest::All(Standing::Against) => at(&self.tally.vetoes, Standing::Outstanding),
            Rest::All(_) => 0,
            Rest::Each(choices) => {
                let classes = self.tally.electorate().classes().iter().zip(choices);
                classes.filter(|(class, _)| class.veto).map(|(_, [_, against, _])| against).sum()
            }
        }
    }

    /// In how many groups somebody voted for it.
    #[must_use]
    pub fn groups_in_favour(&self) -> u64 {
        match self.rest {
            Rest::All(Standing::For) => self.tally.groups_within_reach,
            Rest::All(_) => self.tally.groups_for,
            Rest::Each(choices) => {
                let mut more: Vec<usize> = Vec::new();
                for (class, [votes, ..]) in self.tally.electorate().classes().iter().zip(choices) {
                    more.extend(class.group.filter(|_| *votes > 0));
                }
                let has = |group: &usize| self.tally.groups.get(*group).is_some_and(|row| votes_for(row) > 0);
                more.retain(|group| !has(group));
                more.sort_unstable();
                more.dedup();
                self.tally.groups_for + more.len() as u64
            }
        }
    }

    /// What the voter at a [place](crate::Electorate::index_of) said in the end; nothing where nobody stands.
    ///
    /// Where a rule knows no [extremes](crate::Extremes), what can still happen is tried by numbers alone, and this is
    /// nothing for whoever is outstanding. So a rule that asks for single voters must claim its extremes.
    ///
    /// ```
    /// use moai_consensus::{Electorate, Standing, Tally};
    /// use moai_core::agent_id;
    ///
    /// let mut tally = Tally::new(Electorate::of([agent_id!("agent-1"), agent_id!("agent-2")])?);
    /// tally.record(1, Standing::Against);
    /// let end = tally.as_it_is();
    /// assert_eq!([0, 1, 2].map(|place| end.standing(place)), [Some(Standing::Silent), Some(Standing::Against), None]);
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn standing(&self, place: usize) -> Option<Standing> {
        match (self.tally.standing(place)?, self.rest) {
            (Standing::Outstanding, Rest::All(by)) => Some(by),
            (Standing::Outstanding, Rest::Each(_)) => None,
            (said, _) => Some(said),
        }
    }

    /// What each class of voters said: those of one weight and group, with a veto or without.
    pub fn classes(&self) -> impl Iterator<Item = ClassTally<'_>> {
        let rows = self.tally.electorate().classes().iter().zip(&self.tally.classes);
        rows.enumerate().map(|(place, (class, row))| {
            let outstanding = at(row, Standing::Outstanding);
            let more = match self.rest {
                Rest::All(Standing::For) => [outstanding, 0, 0],
                Rest::All(Standing::Against) => [0, outstanding, 0],
                Rest::All(Standing::Abstain) => [0, 0, outstanding],
                Rest::All(_) => [0; 3],
                Rest::Each(choices) => choices.get(place).copied().unwrap_or_default(),
            };
            let [in_favour, against, abstained] = more;
            ClassTally {
                class,
                in_favour: at(row, Standing::For) + in_favour,
                against: at(row, Standing::Against) + against,
                abstained: at(row, Standing::Abstain) + abstained,
            }
        })
    }

    /// Votes that are there, and those that come.
    #[inline]
    fn of(&self, standing: Standing) -> Count {
        let said = self.tally.count(standing);
        match self.rest {
            Rest::All(rest) if rest == standing => said + self.tally.count(Standing::Outstanding),
            Rest::All(_) => said,
            Rest::Each(choices) => {
                let place = standing as usize - Standing::For as usize;
                let classes = self.tally.electorate().classes().iter().zip(choices);
                classes.fold(said, |sum, (class, choices)| {
                    let heads = choices.get(place).copied().unwrap_or_default();
                    sum + Count { heads, weight: heads * class.weight }
                })
            }
        }
    }
}

/// What one class of voters said, in heads.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ClassTally<'a> {
    /// Which class.
    pub class: &'a Class,
    /// How many voted for it.
    pub in_favour: u64,
    /// How many voted against it.
    pub against: u64,
    /// How many took part without a side.
    pub abstained: u64,
}

impl ClassTally<'_> {
    /// How many did not vote.
    #[must_use]
    pub fn silent(&self) -> u64 {
        self.class.members - self.in_favour - self.against - self.abstained
    }
}
