//! Gossip, held against the documents, against models of its rounds, and against itself.

mod documents;
mod draws;
mod edges;
mod epidemic;
mod golden;
mod limits;
mod majority;
mod metamorphic;
mod snowball;
mod threads;

use moai_consensus::{Choice, GossipConfig, GossipMode, GossipProtocol, Ratio};
use proptest::prelude::*;

type Ballots = Vec<Option<Choice>>;

const FOR: Option<Choice> = Some(Choice::For);
const AGAINST: Option<Choice> = Some(Choice::Against);
const ABSTAIN: Option<Choice> = Some(Choice::Abstain);

/// So many for it, against it, without a side, silent.
fn ballots(counts: [usize; 4]) -> Ballots {
    let kinds = [FOR, AGAINST, ABSTAIN, None];
    kinds.into_iter().zip(counts).flat_map(|(kind, count)| std::iter::repeat_n(kind, count)).collect()
}

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

fn gossip(mode: GossipMode, fanout: u32, max_rounds: u32, seed: u64) -> GossipProtocol {
    let config = GossipConfig::new(mode).unwrap().with_fanout(fanout).unwrap().with_max_rounds(max_rounds).unwrap();
    GossipProtocol::new(config.with_seed(seed))
}

fn majority(fanout: u32, max_rounds: u32, seed: u64) -> GossipProtocol {
    gossip(GossipMode::MajorityDynamics, fanout, max_rounds, seed)
}

fn epidemic(fanout: u32, max_rounds: u32, seed: u64) -> GossipProtocol {
    gossip(GossipMode::Epidemic, fanout, max_rounds, seed)
}

/// Any ballots of up to so many agents.
fn any_ballots(most: usize) -> impl Strategy<Value = Ballots> {
    let ballot = prop_oneof![4 => Just(FOR), 3 => Just(AGAINST), 1 => Just(ABSTAIN), 1 => Just(None)];
    proptest::collection::vec(ballot, 0..=most)
}
