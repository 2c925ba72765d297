//! What it costs when all is well: messages and hops. And what is decided then.

use moai_consensus::{Choice, Ratio, Rule, Threshold};

use crate::world::{DELTA, World, setting};

/// Everybody votes at once, and every message takes between these.
pub(crate) fn world(seed: u64, members: usize, delays: (i64, i64), choice: impl Fn(u32) -> Choice) -> World {
    let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let setting = setting(seed, &vec![1; members], (members as u64 - 1) / 3, rule, 30_000_000);
    World::new(setting, seed, delays, choice)
}

#[test]
fn the_good_case_takes_more_messages_than_the_figure_to_beat() {
    for (members, figure) in [(4, 63), (10, 436), (31, 5_172)] {
        let mut most = 0;
        for seed in 0..20 {
            for delays in [(DELTA / 4, DELTA / 4), (DELTA, DELTA), (DELTA / 10, DELTA / 2), (1, DELTA)] {
                let mut world = world(seed, members, delays, |_| Choice::For);
                assert!(world.run(30_000_000));
                assert_eq!((world.verdict(), world.amiss), ("approved", 0));
                // Ballot, proposal, notarization, finalization: four hops after the votes; jitter may cost a view.
                if delays.0 == delays.1 {
                    assert_eq!(world.now, 4 * delays.0, "n = {members}");
                }
                most = most.max(world.sent);
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
            assert_eq!(world.verdict(), verdict);
        }
    }
}
