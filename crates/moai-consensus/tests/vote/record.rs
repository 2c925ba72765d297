//! What is written down: the text of an outcome, and every entry there and back.

use std::sync::Arc;

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Entry, Evidence, Outcome, QuorumAlgorithm};
use moai_core::{RecordKind, value};

use crate::world::{World, agents, id, opening, proposal};

fn decided() -> World {
    let mut world = World::of(&QuorumAlgorithm::new(), agents(3));
    let ballot = world.ballot("agent-2", Against).because("no way back 🚫").confident("0.9".parse().unwrap());
    world.cast(ballot).unwrap();
    world.say("agent-1", For).unwrap();
    world.say("agent-3", For).unwrap();
    world
}

#[test]
fn an_outcome_reads_as_the_documents_write_it_and_reads_back() {
    let world = decided();
    let text = serde_json::to_string_pretty(world.outcome()).unwrap();
    assert_eq!(text.trim(), include_str!("outcome.json").trim());
    assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), *world.outcome());
}

#[test]
fn every_entry_reads_back_as_it_was_written() {
    let world = decided();
    let ballot = world.ballot("agent-1", Against).with_metadata(match value!({"model": "m", "tokens": [1, 2]}) {
        moai_core::Value::Map(map) => map,
        other => panic!("{other:?}"),
    });
    let invalid: moai_consensus::Invalid =
        serde_json::from_value(serde_json::json!({"voter": "agent-1", "cause": "شكرا"})).unwrap();
    let evidence = Evidence::of(&world.ballot("agent-1", For), &ballot).unwrap();
    let entries = [
        Entry::Opened(Arc::new(opening(agents(3)))),
        Entry::Ballot(Arc::new(ballot.clone())),
        Entry::Late(Arc::new(ballot)),
        Entry::Invalid { proposal: world.outcome().proposal.clone(), round: 3, invalid },
        Entry::Evidence(Arc::new(evidence)),
        Entry::Vetoed { proposal: proposal().id().clone(), by: id("agent-1"), reason: "not on a Friday".into() },
        Entry::Cancelled { proposal: proposal().id().clone(), why: "no longer wanted".into() },
        Entry::Broken { proposal: proposal().id().clone(), why: "the line is cut".into() },
        Entry::Decided(Arc::new(world.outcome().clone())),
        Entry::Ended { proposal: proposal().id().clone(), why: "the rule panicked".into() },
    ];
    for entry in entries {
        let written = entry.to_payload().unwrap();
        assert_eq!(Entry::from_payload(&entry.kind(), &written).unwrap(), Some(entry.clone()));
        assert_eq!(entry.proposal().as_str(), "deploy-v2.0");
        assert_eq!(Entry::from_payload(&RecordKind::new("crdt_delta").unwrap(), &written).unwrap(), None);
        for length in 0..written.len() {
            assert!(
                Entry::from_payload(&entry.kind(), &written[..length]).is_err(),
                "{:?} cut at {length}",
                entry.kind()
            );
        }
    }
}

#[test]
fn what_a_vote_records_is_enough_to_tell_who_said_what() {
    let world = decided();
    let kinds: Vec<_> = world.record.iter().map(|entry| entry.kind().to_string()).collect();
    let ballot = "consensus_ballot";
    assert_eq!(kinds, ["consensus_opened", ballot, ballot, ballot, "consensus_decided"]);
    assert_eq!(world.outcome().dissent[0].voter, id("agent-2"));
}
