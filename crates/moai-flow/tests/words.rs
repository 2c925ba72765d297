//! Words that print are read again, and are those of the JSON.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use moai_flow::{Coded as _, InvalidInput};

fn reads<W>(all: &[W])
where
    W: Copy + PartialEq + Debug + Display + FromStr<Err = InvalidInput> + serde::Serialize,
{
    for word in all {
        let text = word.to_string();
        assert_eq!(text.parse(), Ok(*word));
        assert_eq!(serde_json::to_value(word).unwrap(), *text, "{word:?}");
        // It can be padded.
        assert_eq!(format!("{word:>20}").len(), 20);
        for wrong in [text.to_uppercase(), format!("{text} "), String::new()] {
            let why = wrong.parse::<W>().unwrap_err();
            assert_eq!(why.code(), "input.malformed", "{why}");
            assert!(why.to_string().contains(&text), "it says what it could be: {why}");
        }
    }
}

#[test]
fn a_word_is_printed_and_cannot_be_read() {
    use moai_flow::consensus::{Choice, Decision};
    use moai_flow::swarm::OfferPolicy;
    use moai_flow::swarm::Reach;
    use moai_flow::swarm::heartbeat::Health;
    use moai_flow::{AgentState, Role, Topology};
    use moai_flow::{crdt::Shape, sync::CrdtType};

    reads(&[Role::Member, Role::Service]);
    reads(&[AgentState::Active, AgentState::Idle, AgentState::Busy, AgentState::Failed]);
    reads(&[Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive]);
    reads(&Choice::ALL);
    reads(&[Decision::Approved, Decision::Rejected, Decision::Timeout]);
    reads(&[Shape::Map, Shape::Set, Shape::Counter, Shape::Register]);
    reads(CrdtType::ALL);
    reads(&[Health::Healthy, Health::Degraded, Health::Critical, Health::Failed]);
    reads(&[Reach::Healthy, Reach::Degraded, Reach::Critical, Reach::Failed]);
    reads(&[
        OfferPolicy::RoundRobin,
        OfferPolicy::LeastLoaded,
        OfferPolicy::Capability,
        OfferPolicy::Priority,
        OfferPolicy::Locality,
    ]);
}
