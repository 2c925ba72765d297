//! Counting the slow way: a list of voters, gone through for every number.

use moai_consensus::{Elector, Electorate, FinalTally, Group, Standing};
use moai_core::AgentId;
use proptest::prelude::*;

/// One voter, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlowVoter {
    pub(crate) name: String,
    pub(crate) weight: u64,
    pub(crate) group: Option<u8>,
    pub(crate) veto: bool,
    pub(crate) stands: Standing,
}

impl SlowVoter {
    pub(crate) fn elector(&self) -> Elector {
        let mut elector = Elector::new(AgentId::new(&self.name).unwrap()).weighing(self.weight);
        if let Some(group) = self.group {
            elector = elector.in_group(Group::new(format!("g{group}")).unwrap());
        }
        if self.veto { elector.with_veto() } else { elector }
    }
}

pub(crate) fn electorate(voters: &[SlowVoter]) -> Electorate {
    Electorate::new(voters.iter().map(SlowVoter::elector)).unwrap()
}

/// Few voters, of whom some are alike; nobody has said anything. They are sorted by name, but weigh what they will.
pub(crate) fn voters(most: usize) -> impl Strategy<Value = Vec<SlowVoter>> {
    let voter = (0..4_u64, prop::option::of(0..3_u8), any::<bool>());
    prop::collection::vec(voter, 0..=most).prop_map(|voters| {
        let named = voters.into_iter().enumerate();
        named
            .map(|(number, (weight, group, veto))| SlowVoter {
                name: format!("v{number:02}"),
                weight,
                group,
                veto,
                stands: Standing::Outstanding,
            })
            .collect()
    })
}

pub(crate) const STANDINGS: [Standing; 7] = [
    Standing::Outstanding,
    Standing::For,
    Standing::Against,
    Standing::Abstain,
    Standing::Silent,
    Standing::Spoiled,
    Standing::Invalid,
];

/// All of those whose standing is one of these: heads and weight.
pub(crate) fn count(voters: &[SlowVoter], which: &[Standing]) -> (u64, u64) {
    let those = || voters.iter().filter(|voter| which.contains(&voter.stands));
    (those().count() as u64, those().map(|voter| voter.weight).sum())
}

/// Weight, group and veto.
type Alike = (u64, Option<String>, bool);

/// Everything that a rule can see of a final tally.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    members: (u64, u64),
    in_favour: (u64, u64),
    against: (u64, u64),
    abstained: (u64, u64),
    cast: (u64, u64),
    expressed: (u64, u64),
    silent: (u64, u64),
    vetoed: u64,
    groups_in_favour: u64,
    /// How many of each class are members, for, against, abstained, silent.
    classes: Vec<(Alike, [u64; 5])>,
}

impl Seen {
    /// What the crate shows.
    pub(crate) fn of(tally: &FinalTally<'_>, electorate: &Electorate) -> Self {
        let pair = |count: moai_consensus::Count| (count.heads, count.weight);
        let group = |place: usize| electorate.groups()[place].as_str().to_owned();
        let mut classes: Vec<_> = tally
            .classes()
            .map(|it| {
                let which = (it.class.weight, it.class.group.map(group), it.class.veto);
                (which, [it.class.members, it.in_favour, it.against, it.abstained, it.silent()])
            })
            .collect();
        classes.sort();
        Self {
            members: pair(tally.members()),
            in_favour: pair(tally.in_favour()),
            against: pair(tally.against()),
            abstained: pair(tally.abstained()),
            cast: pair(tally.cast()),
            expressed: pair(tally.expressed()),
            silent: pair(tally.silent()),
            vetoed: tally.vetoed(),
            groups_in_favour: tally.groups_in_favour(),
            classes,
        }
    }

    /// What it should show.
    pub(crate) fn slowly(voters: &[SlowVoter]) -> Self {
        use Standing::{Abstain, Against, For};
        const LOST: [Standing; 4] = [Standing::Outstanding, Standing::Silent, Standing::Spoiled, Standing::Invalid];
        let kind =
            |voter: &SlowVoter| -> Alike { (voter.weight, voter.group.map(|group| format!("g{group}")), voter.veto) };
        let mut kinds: Vec<_> = voters.iter().map(kind).collect();
        kinds.sort();
        kinds.dedup();
        let classes = kinds.into_iter().map(|it| {
            let alike: Vec<SlowVoter> = voters.iter().filter(|voter| kind(voter) == it).cloned().collect();
            let heads = |which: &[Standing]| count(&alike, which).0;
            (it, [alike.len() as u64, heads(&[For]), heads(&[Against]), heads(&[Abstain]), heads(&LOST)])
        });
        let in_favour = voters.iter().filter(|voter| voter.stands == For);
        let mut groups: Vec<u8> = in_favour.filter_map(|voter| voter.group).collect();
        groups.sort_unstable();
        groups.dedup();
        Self {
            members: count(voters, &STANDINGS),
            in_favour: count(voters, &[For]),
            against: count(voters, &[Against]),
            abstained: count(voters, &[Abstain]),
            cast: count(voters, &[For, Against, Abstain]),
            expressed: count(voters, &[For, Against]),
            silent: count(voters, &LOST),
            vetoed: voters.iter().filter(|voter| voter.veto && voter.stands == Against).count() as u64,
            groups_in_favour: groups.len() as u64,
            classes: classes.collect(),
        }
    }
}
