//! How many it takes.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{ByzantineConsensus, Decision, OpenError};
use moai_core::InvalidInput;

use crate::world::{World, agents, opening, weighing};

#[test]
fn three_for_against_ninety_seven_do_not_pass_though_two_f_plus_one_are_for_it() {
    let mut world = World::of(&ByzantineConsensus::new(1, 3).unwrap(), 100);
    for round in 1..=3 {
        world.all(1..=3, round, For);
        world.all(4..=100, round, Against);
    }
    assert_eq!(world.outcome().decision, Decision::Rejected);
}

#[test]
fn the_quorum_is_exact_and_never_wraps() {
    let table = [
        (1, 0, 1_u64),
        (2, 0, 2),
        (4, 1, 3),
        (5, 1, 4),
        (7, 2, 5),
        (8, 2, 6),
        (10, 3, 7),
        (11, 3, 8),
        (100, 1, 51),
        (100, 33, 67),
        (u64::MAX, 0, 1_u64 << 63),
        (u64::MAX, (u64::MAX - 1) / 3, 12_297_829_382_473_034_410),
    ];
    for (total, faults, quorum) in table {
        let byzantine = ByzantineConsensus::new(faults, 3).unwrap();
        let mut world = World::among(&byzantine, weighing(&[("a", total)]));
        world.give(moai_consensus::Input::Cancel { reason: "seen enough".into() });
        assert_eq!(world.told("agreement_threshold"), quorum, "W = {total}, f = {faults}");
    }
}

#[test]
fn any_two_quorums_share_more_than_lie_and_the_honest_can_reach_one() {
    for faults in 0..=8_u64 {
        for total in 3 * faults + 1..=40 {
            let quorum = (total + faults) / 2 + 1;
            assert!(2 * quorum - total > faults && total - faults >= quorum, "W = {total}, f = {faults}");
        }
    }
}

#[test]
fn too_few_members_are_refused_and_one_more_is_enough() {
    for faults in [0, 1, 3, 33] {
        let byzantine = ByzantineConsensus::new(faults, 3).unwrap();
        let need = usize::try_from(3 * faults + 1).unwrap();
        let refused = World::open(&byzantine, opening(agents(need - 1))).err();
        assert_eq!(refused, Some(OpenError::NeedMembers { need: need as u64, got: need as u64 - 1 }));
        assert!(World::open(&byzantine, opening(agents(need))).is_ok());
    }
    let byzantine = ByzantineConsensus::new(u64::MAX, 3).unwrap();
    let refused = World::open(&byzantine, opening(weighing(&[("a", u64::MAX)]))).err();
    assert_eq!(refused, Some(OpenError::NeedMembers { need: u64::MAX, got: u64::MAX }));
}

#[test]
fn fewer_than_three_rounds_hold_nobody_to_their_word() {
    for rounds in [0, 1, 2, 101, u32::MAX] {
        let refused = ByzantineConsensus::new(1, rounds).err();
        assert!(matches!(refused, Some(InvalidInput::OutOfRange { field: "rounds", .. })), "{rounds}");
    }
    assert!(ByzantineConsensus::new(1, 3).is_ok() && ByzantineConsensus::new(1, 100).is_ok());
}

#[test]
fn changes_of_mind_cannot_be_allowed_where_ballots_are_confirmed() {
    let mut asked = opening(agents(4));
    asked.changes_allowed = true;
    let refused = World::open(&ByzantineConsensus::default(), asked).err();
    assert!(matches!(refused, Some(OpenError::Input(InvalidInput::Malformed { field: "changes_allowed", .. }))));
}

#[test]
fn a_weight_is_a_weight_and_not_a_head() {
    // W = 10, f = 3, Q = 7: the heavy one alone is not enough, with one more it is.
    let electorate = || weighing(&[("heavy", 6), ("a", 1), ("b", 1), ("c", 2)]);
    let byzantine = ByzantineConsensus::new(3, 3).unwrap();
    for (others_for, decision) in [(0, Decision::Rejected), (1, Decision::Approved)] {
        let mut world = World::among(&byzantine, electorate());
        for round in 1..=3 {
            for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
                let _ = world.say(&crate::world::id(name), round, if place < others_for { For } else { Against });
            }
            let _ = world.say(&crate::world::id("heavy"), round, For);
        }
        let outcome = world.outcome();
        assert_eq!(outcome.decision, decision);
        assert_eq!(outcome.weights.total, 10);
    }
}
