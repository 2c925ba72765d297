//! GossipDraws are a contract, and fair.

use moai_consensus::GossipDraws;
use proptest::prelude::*;

/// SplitMix64 as it is published: a state that moves on.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The number `i` from a state.
    fn nth(state: u64, i: u64) -> u64 {
        let mut from = Self(state);
        (0..=i).fold(0, |_, _| from.next())
    }
}

#[test]
fn the_generator_here_is_not_the_published_one() {
    let mut published = SplitMix64(1_234_567);
    let first = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
    assert_eq!([published.next(), published.next(), published.next()], first);
}

#[test]
fn a_draw_is_not_the_documented_number() {
    for (seed, round, agent, i) in [(0, 1_u32, 0, 0), (7, 1, 4, 2), (u64::MAX, 20, 999, 9), (42, 3, 17, 5)] {
        let of_agent = SplitMix64::nth(SplitMix64::nth(SplitMix64::nth(seed, 0), round.into()), agent as u64);
        let draws = GossipDraws::new(seed, round);
        assert_eq!(draws.number(agent, i), SplitMix64::nth(of_agent, i), "{seed} {round} {agent} {i}");
    }
}

#[test]
fn a_release_draws_other_peers_than_the_one_before() {
    let peers = |seed, round, agent| GossipDraws::new(seed, round).peers(agent, 20, &mut [0; 5]).to_vec();
    assert_eq!(GossipDraws::new(0, 1).number(0, 0), PINNED_NUMBER);
    assert_eq!([peers(0, 1, 0), peers(0, 1, 1), peers(0, 2, 0), peers(7, 1, 19)], PINNED);
}

const PINNED_NUMBER: u64 = 7_542_512_935_913_773_580;
const PINNED: [[usize; 5]; 4] = [[7, 9, 14, 12, 18], [2, 5, 17, 18, 14], [8, 15, 16, 9, 6], [2, 12, 4, 17, 14]];

#[test]
fn some_peers_are_drawn_more_often_than_others() {
    // Each of 11 others should be drawn 3/11 of 44,000 times: 12,000, with a deviation of about 93.
    let (members, agent) = (12, 5);
    let mut drawn = [0_i64; 12];
    for round in 1..=44_000 {
        for peer in GossipDraws::new(3, round).peers(agent, members, &mut [0; 3]) {
            drawn[*peer] += 1;
        }
    }
    assert_eq!(drawn[agent], 0);
    for (peer, count) in drawn.into_iter().enumerate().filter(|(peer, _)| *peer != agent) {
        assert!((count - 12_000).abs() < 500, "{peer} was drawn {count} times");
    }
}

#[test]
fn some_pairs_are_drawn_more_often_than_others() {
    // Each of the 21 pairs out of 7 others: 2,000 of 42,000, with a deviation of about 44.
    let mut drawn = std::collections::BTreeMap::<[usize; 2], i64>::new();
    for seed in 1..=42_000 {
        let mut pair = [0; 2];
        GossipDraws::new(seed, 1).peers(7, 8, &mut pair);
        // The agent is the last one, so the places are those of the peers.
        pair.sort_unstable();
        *drawn.entry(pair).or_default() += 1;
    }
    assert_eq!(drawn.len(), 21);
    for (pair, count) in drawn {
        assert!((count - 2_000).abs() < 250, "{pair:?} was drawn {count} times");
    }
}

proptest! {
    #[test]
    fn an_agent_asks_itself_or_somebody_twice(seed: u64, round in 1_u32..=20, members in 1_usize..300, agent: prop::sample::Index, fanout in 0_usize..=10) {
        let agent = agent.index(members);
        let mut places = [usize::MAX; 10];
        let mut peers = GossipDraws::new(seed, round).peers(agent, members, &mut places[..fanout]).to_vec();
        prop_assert_eq!(peers.len(), fanout.min(members - 1));
        peers.sort_unstable();
        let drawn = peers.len();
        peers.dedup();
        prop_assert_eq!(peers.len(), drawn);
        prop_assert!(peers.iter().all(|peer| *peer != agent && *peer < members));
    }
}
