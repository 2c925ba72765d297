//! What it costs when all is well: messages and hops. And what is decided then.

use moai_consensus::{Choice, Ratio, Rule, Threshold};

use crate::seeds::Seeds;
use crate::world::{DELTA, Network, Node, World, agent, setting};

/// Everybody votes at once, and every message takes between these.
fn world(seed: u64, members: usize, good: (i64, i64), choice: impl Fn(u32) -> Choice) -> World {
    let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let setting = setting(seed, &vec![1; members], (members as u64 - 1) / 3, rule.clone(), 30_000_000);
    let honest = |place: u32| Node::Honest {
        agent: Some(Box::new(agent(&setting, place))),
        journal: Vec::new(),
        choice: choice(place),
        skew: 0,
    };
    let nodes = (0..members as u32).map(honest).collect();
    let network = Network { good_from: 0, longest: 0, lost: 0, twice: 0, crash: 0, good };
    let mut world = World::new(setting, rule, nodes, network, Seeds::new(seed));
    world.start(|_, _| 0);
    world
}

#[test]
fn the_good_case_takes_more_messages_than_the_figure_to_beat() {
    for (members, figure) in [(4, 63), (10, 436), (31, 5_172)] {
        let mut most = 0;
        for seed in 0..20 {
            for good in [(DELTA / 4, DELTA / 4), (DELTA, DELTA), (DELTA / 10, DELTA / 2), (1, DELTA)] {
                let mut world = world(seed, members, good, |_| Choice::For);
                assert!(world.run(30_000_000));
                world.check_outcome();
                assert_eq!(world.seen.verdicts.keys().copied().collect::<Vec<_>>(), ["approved"]);
                assert!(world.seen.offences.is_empty() && world.seen.refused.is_empty());
                // Ballot, proposal, notarization, finalization: four hops after the votes; jitter may cost a view.
                if good.0 == good.1 {
                    assert_eq!(world.now, 4 * good.0, "n = {members}");
                }
                most = most.max(world.seen.sent);
            }
        }
        println!("n = {members}: {most} messages at the most, {figure} is the figure");
        assert!(most <= figure, "n = {members}: {most} messages");
    }
}

#[test]
fn unanimity_of_the_honest_is_decided_against() {
    for members in [4, 7] {
        for (choice, verdict) in
            [(Choice::For, "approved"), (Choice::Against, "rejected"), (Choice::Abstain, "rejected")]
        {
            let mut world = world(7, members, (1, DELTA), |_| choice);
            assert!(world.run(30_000_000));
            world.check_outcome();
            assert_eq!(world.seen.verdicts.keys().copied().collect::<Vec<_>>(), [verdict]);
        }
    }
}
