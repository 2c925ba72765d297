//! What is certain, worked out the slow way: without the crate's tallies, classes, ratios and rules.

use std::collections::HashMap;

use moai_consensus::{
    All, Any, Diversity, Elector, Electorate, Group, Not, Ratio, Rule, SharedRule, Standing, Tally, Threshold, Turnout,
    Unanimous, Veto,
};
use moai_core::AgentId;

/// One kind of voter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) weight: u64,
    pub(crate) group: Option<u8>,
    pub(crate) veto: bool,
}

/// A rule, as plain data.
#[derive(Debug, Clone)]
pub(crate) enum Spec {
    Threshold { share: (u64, u64), more: bool, base: u8, by_weight: bool },
    Turnout { share: (u64, u64), by_weight: bool },
    Veto,
    Unanimous,
    Diversity(u64, u64),
    All(Vec<Spec>),
    Any(Vec<Spec>),
    Not(Box<Spec>),
}

impl Spec {
    /// The crate's rule for it.
    pub(crate) fn rule(&self) -> SharedRule {
        let ratio = |(part, whole)| Ratio::new(part, whole).unwrap();
        let all = |parts: &[Self]| parts.iter().map(Self::rule).collect::<Vec<_>>();
        match self {
            Self::Threshold { share, more, base, by_weight } => {
                let rule = if *more { Threshold::more_than(ratio(*share)) } else { Threshold::at_least(ratio(*share)) };
                let rule = rule.unwrap();
                let rule = [rule, rule.of_cast(), rule.of_expressed()][usize::from(*base)];
                if *by_weight { rule.by_weight().shared() } else { rule.shared() }
            }
            Self::Turnout { share, by_weight } => {
                let rule = Turnout::at_least(ratio(*share)).unwrap();
                if *by_weight { rule.by_weight().shared() } else { rule.shared() }
            }
            Self::Veto => Veto.shared(),
            Self::Unanimous => Unanimous.shared(),
            Self::Diversity(voters, groups) => Diversity::new(*voters, *groups).shared(),
            Self::All(parts) => All::of(all(parts)).unwrap().shared(),
            Self::Any(parts) => Any::of(all(parts)).unwrap().shared(),
            Self::Not(part) => Not::new(part.rule()).shared(),
        }
    }

    /// Whether it holds when of each kind so many are for it, against it, abstain and stay silent.
    pub(crate) fn holds(&self, kinds: &[(Kind, u8)], said: &[[u8; 4]]) -> bool {
        let sum = |which: &[usize], by_weight: bool| -> u64 {
            let each = kinds.iter().zip(said);
            each.map(|((kind, _), said)| {
                let heads: u64 = which.iter().map(|at| u64::from(said[*at])).sum();
                if by_weight { heads * kind.weight } else { heads }
            })
            .sum()
        };
        let enough = |part: u64, whole: u64, (n, d): (u64, u64), more: bool| {
            whole > 0 && if more { part * d > n * whole } else { part * d >= n * whole }
        };
        match self {
            Self::Threshold { share, more, base, by_weight } => {
                let whole = [&[0, 1, 2, 3][..], &[0, 1, 2], &[0, 1]][usize::from(*base)];
                enough(sum(&[0], *by_weight), sum(whole, *by_weight), *share, *more)
            }
            Self::Turnout { share, by_weight } => {
                enough(sum(&[0, 1, 2], *by_weight), sum(&[0, 1, 2, 3], *by_weight), *share, false)
            }
            Self::Veto => kinds.iter().zip(said).all(|((kind, _), said)| !kind.veto || said[1] == 0),
            Self::Unanimous => sum(&[0, 1, 2, 3], false) > 0 && sum(&[1, 2, 3], false) == 0,
            Self::Diversity(voters, groups) => {
                let with_a_vote = kinds.iter().zip(said).filter(|(_, said)| said[0] > 0);
                let mut from: Vec<u8> = with_a_vote.filter_map(|((kind, _), _)| kind.group).collect();
                from.sort_unstable();
                from.dedup();
                sum(&[0], false) >= *voters && from.len() as u64 >= *groups
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(kinds, said)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(kinds, said)),
            Self::Not(part) => !part.holds(kinds, said),
        }
    }
}

/// How far a vote can have come: of each kind so many for it, against it, abstained and lost; the rest is outstanding.
pub(crate) type State = Vec<[u8; 4]>;

/// Every state of one electorate, with the crate's tally of each, and where each can go.
pub(crate) struct World {
    pub(crate) kinds: Vec<(Kind, u8)>,
    pub(crate) states: Vec<State>,
    pub(crate) tallies: Vec<Tally>,
    /// The states after one more voter is for it, against it, abstains, is silent; none where nobody is outstanding.
    next: Vec<Option<[usize; 4]>>,
}

impl World {
    /// So many voters of each kind.
    pub(crate) fn new(kinds: Vec<(Kind, u8)>) -> Self {
        let mut states = vec![State::new()];
        for (_, heads) in &kinds {
            states = states.iter().flat_map(|state| ways(*heads).map(|said| [&state[..], &[said]].concat())).collect();
        }
        // Fewer outstanding first: what a state leads to stands before it.
        let outstanding = |state: &State| -> u32 {
            let said: u32 = state.iter().flatten().map(|heads| u32::from(*heads)).sum();
            kinds.iter().map(|(_, heads)| u32::from(*heads)).sum::<u32>() - said
        };
        states.sort_by_key(|state| (outstanding(state), state.clone()));
        let place: HashMap<&State, usize> = states.iter().zip(0..).collect();
        let next = states.iter().map(|state| {
            let open = (0..kinds.len()).find(|at| state[*at].iter().sum::<u8>() < kinds[*at].1)?;
            Some([0, 1, 2, 3].map(|choice| {
                let mut further = state.clone();
                further[open][choice] += 1;
                place[&further]
            }))
        });
        let next = next.collect();
        let (electorate, places) = electorate(&kinds);
        let tallies = states.iter().map(|state| tally(&electorate, &places, state)).collect();
        Self { kinds, states, tallies, next }
    }

    /// Whether each final state passes; others mean nothing.
    pub(crate) fn finals(&self, spec: &Spec) -> Vec<bool> {
        let each = self.states.iter().zip(&self.next);
        each.map(|(state, next)| next.is_none() && spec.holds(&self.kinds, state)).collect()
    }

    /// For each state, whether anything that can still happen passes, and whether anything fails.
    pub(crate) fn possible(&self, finals: &[bool]) -> Vec<(bool, bool)> {
        let mut possible: Vec<(bool, bool)> = Vec::with_capacity(finals.len());
        for (at, next) in self.next.iter().enumerate() {
            possible.push(match next {
                None => (finals[at], !finals[at]),
                Some(next) => next.iter().fold((false, false), |can, next| {
                    let (pass, fail) = possible[*next];
                    (can.0 | pass, can.1 | fail)
                }),
            });
        }
        possible
    }
}

/// In how many ways up to so many heads divide into for, against, abstained and lost.
fn ways(heads: u8) -> impl Iterator<Item = [u8; 4]> + Clone {
    let upto = move |used: u8| 0..=heads - used;
    upto(0).flat_map(move |a| {
        upto(a).flat_map(move |b| upto(a + b).flat_map(move |c| upto(a + b + c).map(move |d| [a, b, c, d])))
    })
}

/// Voters of these kinds, and the places of each kind's voters.
pub(crate) fn electorate(kinds: &[(Kind, u8)]) -> (Electorate, Vec<Vec<usize>>) {
    let mut electors = Vec::new();
    for (number, (kind, heads)) in kinds.iter().enumerate() {
        for head in 0..*heads {
            // Names mix the kinds, so that places do not go by kind.
            let id = AgentId::new(format!("v{head}-{number}")).unwrap();
            let mut elector = Elector::new(id).weighing(kind.weight);
            if let Some(group) = kind.group {
                elector = elector.in_group(Group::new(format!("g{group}")).unwrap());
            }
            electors.push(if kind.veto { elector.with_veto() } else { elector });
        }
    }
    let electorate = Electorate::new(electors).unwrap();
    let places = kinds.iter().enumerate().map(|(number, (_, heads))| {
        let place = |head| electorate.index_of(&AgentId::new(format!("v{head}-{number}")).unwrap()).unwrap();
        (0..*heads).map(place).collect()
    });
    let places = places.collect();
    (electorate, places)
}

fn tally(electorate: &Electorate, places: &[Vec<usize>], state: &State) -> Tally {
    let mut tally = Tally::new(electorate.clone());
    // The ways to be lost take turns: to a rule they are one.
    let lost = [Standing::Silent, Standing::Spoiled, Standing::Invalid];
    for (places, said) in places.iter().zip(state) {
        let mut places = places.iter();
        for (choice, heads) in said.iter().enumerate() {
            for number in 0..usize::from(*heads) {
                let standing = [Standing::For, Standing::Against, Standing::Abstain, lost[number % 3]][choice];
                tally.record(*places.next().unwrap(), standing);
            }
        }
    }
    tally
}
