//! A tally that counts step by step, against one that counts everything anew.

use moai_consensus::{Choice, Count, Elector, Electorate, FinalTally, Group, Standing, Tally};
use moai_core::{AgentId, agent_id};
use proptest::prelude::*;

const ALL: [Standing; 7] = [
    Standing::Outstanding,
    Standing::For,
    Standing::Against,
    Standing::Abstain,
    Standing::Silent,
    Standing::Spoiled,
    Standing::Invalid,
];

/// Voters in three groups or none, with weights from 0, some with a veto.
fn electors() -> impl Strategy<Value = Vec<Elector>> {
    let one = (0..4_u64, proptest::option::of(0..3_u8), any::<bool>());
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(at, (weight, group, veto))| {
                let mut elector = Elector::new(AgentId::new(format!("a{at:02}")).unwrap()).weighing(weight);
                elector.group = group.map(|group| Group::new(format!("g{group}")).unwrap());
                elector.veto = veto;
                elector
            })
            .collect()
    })
}

/// Whom of these voters this is true of.
fn count(electors: &[Elector], standings: &[Standing], which: impl Fn(Standing) -> bool) -> Count {
    let mut count = Count::default();
    for (elector, standing) in electors.iter().zip(standings) {
        if which(*standing) {
            count.heads += 1;
            count.weight += elector.weight;
        }
    }
    count
}

fn groups(electors: &[Elector], standings: &[Standing]) -> u64 {
    let mut found: Vec<&str> = Vec::new();
    for (elector, standing) in electors.iter().zip(standings) {
        if *standing == Standing::For {
            found.extend(elector.group.iter().map(Group::as_str));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.len() as u64
}

fn agrees(tally: &Tally, electors: &[Elector], standings: &[Standing]) {
    assert_eq!(tally.standings(), standings);
    for standing in ALL {
        assert_eq!(tally.count(standing), count(electors, standings, |other| other == standing), "{standing:?}");
    }
    let voted = |standing| matches!(standing, Standing::For | Standing::Against | Standing::Abstain);
    assert_eq!(tally.cast(), count(electors, standings, voted));
    let end: FinalTally<'_> = tally.as_it_is();
    assert_eq!(end.members(), count(electors, standings, |_| true));
    assert_eq!(end.in_favour(), tally.count(Standing::For));
    assert_eq!(end.against(), tally.count(Standing::Against));
    assert_eq!(end.abstained(), tally.count(Standing::Abstain));
    assert_eq!(end.cast(), tally.cast());
    assert_eq!(end.expressed(), end.in_favour() + end.against());
    assert_eq!(end.silent(), count(electors, standings, |standing| !voted(standing)));
    let vetoes = electors.iter().zip(standings).filter(|(one, at)| one.veto && **at == Standing::Against);
    assert_eq!(end.vetoed(), vetoes.count() as u64);
    assert_eq!(end.groups_in_favour(), groups(electors, standings));
    let mut members = 0;
    for said in end.classes() {
        let group = said.class.group.map(|at| &tally.electorate().groups()[at]);
        let of = |which: fn(Standing) -> bool| {
            let alike = electors.iter().zip(standings).filter(|(one, at)| {
                (one.weight, one.group.as_ref(), one.veto) == (said.class.weight, group, said.class.veto) && which(**at)
            });
            alike.count() as u64
        };
        assert_eq!(said.in_favour, of(|at| at == Standing::For));
        assert_eq!(said.against, of(|at| at == Standing::Against));
        assert_eq!(said.abstained, of(|at| at == Standing::Abstain));
        assert_eq!(said.silent(), of(|at| at == Standing::Outstanding || at.is_lost()));
        assert_eq!(said.class.members, of(|_| true));
        members += said.class.members;
    }
    assert_eq!(members, electors.len() as u64, "everybody is in one class");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn counting_step_by_step_is_counting_anew(
        electors in electors(),
        steps in proptest::collection::vec((0..14_usize, 0..ALL.len()), 0..60),
    ) {
        let mut tally = Tally::new(Electorate::new(electors.clone()).unwrap());
        let mut standings = vec![Standing::Outstanding; electors.len()];
        agrees(&tally, &electors, &standings);
        for (at, standing) in steps {
            let before = standings.get(at).copied();
            prop_assert_eq!(tally.standing(at), before);
            prop_assert_eq!(tally.record(at, ALL[standing]), before);
            if let Some(place) = standings.get_mut(at) {
                *place = ALL[standing];
            }
            agrees(&tally, &electors, &standings);
        }
    }
}

#[test]
fn every_change_of_standing_of_one_voter() {
    let voter = Elector::new(agent_id!("a")).weighing(3).in_group(Group::new("g").unwrap()).with_veto();
    let electors = vec![voter, Elector::new(agent_id!("b"))];
    for first in ALL {
        for second in ALL {
            let mut tally = Tally::new(Electorate::new(electors.clone()).unwrap());
            assert_eq!(tally.record(0, first), Some(Standing::Outstanding));
            assert_eq!(tally.record(0, second), Some(first));
            agrees(&tally, &electors, &[second, Standing::Outstanding]);
            // Saying it again changes nothing.
            assert_eq!(tally.record(0, second), Some(second));
            agrees(&tally, &electors, &[second, Standing::Outstanding]);
        }
    }
}

#[test]
fn a_place_behind_the_last_changes_nothing() {
    let electors = vec![Elector::new(agent_id!("a")).with_veto(), Elector::new(agent_id!("b"))];
    let mut tally = Tally::new(Electorate::new(electors.clone()).unwrap());
    for place in [2, 3, usize::MAX] {
        for standing in ALL {
            assert_eq!(tally.record(place, standing), None);
            agrees(&tally, &electors, &[Standing::Outstanding; 2]);
        }
        assert_eq!(tally.standing(place), None);
    }
    let mut nobody = Tally::new(Electorate::of([]).unwrap());
    assert_eq!(nobody.record(0, Standing::For), None);
    agrees(&nobody, &[], &[]);
}

#[test]
fn weights_up_to_the_last_are_counted() {
    let electors = vec![Elector::new(agent_id!("a")).weighing(u64::MAX - 1), Elector::new(agent_id!("b"))];
    let mut tally = Tally::new(Electorate::new(electors.clone()).unwrap());
    for standing in ALL {
        tally.record(0, standing);
        tally.record(1, standing);
        agrees(&tally, &electors, &[standing; 2]);
    }
}

#[test]
fn who_is_lost_has_not_voted() {
    let lost: Vec<Standing> = ALL.into_iter().filter(|standing| standing.is_lost()).collect();
    assert_eq!(lost, [Standing::Silent, Standing::Spoiled, Standing::Invalid]);
    let chosen = Choice::ALL.map(Standing::from);
    assert_eq!(chosen, [Standing::For, Standing::Against, Standing::Abstain]);
}
