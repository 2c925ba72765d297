//! Whatever can be said reads back as it was.

use moai_consensus::{Ballot, Choice, Draft, Ratio, Reply, Request};
use moai_core::{AgentId, Digest, Map, ProposalId, Timestamp, Value};
use proptest::prelude::*;

use crate::messages::{CLOSINGS, REPLIES, REQUESTS, limits, read, request};

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9._-]{0,63}"
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn small_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::collection::vec(any::<u64>(), 0..4)
            .prop_map(|all| Value::from(all.into_iter().map(Value::from).collect::<Vec<_>>())),
    ]
}

fn map() -> impl Strategy<Value = Map> {
    proptest::collection::btree_map(".{0,8}", small_value(), 0..5).prop_map(|pairs| {
        let mut map = Map::new();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    })
}

fn ballot() -> impl Strategy<Value = Ballot> {
    let sure = proptest::option::of(
        (any::<u64>(), 1..=u64::MAX).prop_map(|(one, other)| Ratio::new(one.min(other), one.max(other)).unwrap()),
    );
    let head = (name(), name(), digest(), 1..=u32::MAX, 0..3_usize);
    (head, ".{0,40}", sure, map()).prop_map(|((voter, proposal, instance, round, choice), reason, sure, metadata)| {
        let (voter, proposal) = (AgentId::new(voter).unwrap(), ProposalId::new(proposal).unwrap());
        let mut ballot = Ballot::new(voter, proposal, instance, Choice::ALL[choice]).in_round(round);
        ballot.confidence = sure;
        ballot.because(reason).with_metadata(metadata)
    })
}

proptest! {
    #[test]
    fn ballots_read_back(ballot in ballot()) {
        prop_assert_eq!(ballot.check(&limits()), Ok(()));
        let said = Reply::Ballot(ballot.clone());
        let bytes = said.to_bytes();
        prop_assert_eq!(read(&bytes), Ok(said));
        let json = serde_json::to_string(&ballot).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ballot>(&json).unwrap(), ballot);
    }

    #[test]
    fn failures_read_back(voter in name(), proposal in name(), instance in digest(), round: u32, cause in ".{0,40}") {
        let (voter, proposal) = (AgentId::new(voter).unwrap(), ProposalId::new(proposal).unwrap());
        let said = Reply::Failed { voter, proposal, instance, round, cause };
        prop_assert_eq!(read(&said.to_bytes()), Ok(said));
    }

    #[test]
    fn questions_read_back(
        id in name(),
        proposer in name(),
        content in small_value(),
        instance in digest(),
        round: u32,
        deadline in Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros(),
    ) {
        let draft = Draft::new(content).named(ProposalId::new(id).unwrap());
        let proposal = draft.identify(AgentId::new(proposer).unwrap(), [0; 16], &limits()).unwrap();
        let mut asked = request();
        asked.deadline = Timestamp::from_unix_micros(deadline).unwrap();
        (asked.proposal, asked.instance, asked.round) = (proposal, instance, round);
        prop_assert_eq!(Request::from_bytes(&asked.to_bytes(), &limits()), Ok(asked));
    }

    #[test]
    fn bytes_of_strangers_are_refused_or_have_one_form(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut versioned = bytes;
        versioned.insert(0, 1);
        for again in [REQUESTS, REPLIES, CLOSINGS] {
            if let Ok(written) = again(&versioned) {
                prop_assert_eq!(&written, &versioned);
            }
        }
    }
}
