//! What is sent: fixed bytes, and typed errors for everything else.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Ballot, Closed, Decision, QuorumAlgorithm, Reply, Request};
use moai_core::{InvalidInput, Limits, Map, Value, value};

use crate::world::{World, agents, id, proposal};

fn limits() -> Limits {
    Limits::default()
}

fn request() -> Request {
    World::of(&QuorumAlgorithm::new(), agents(3)).request.unwrap()
}

fn whole() -> Ballot {
    let ballot =
        request().ballot(id("agent-1"), Against).because("שלום 👩‍🚀 مرحبا \u{202e}abc").confident("0.9".parse().unwrap());
    match value!({"model": "m"}) {
        Value::Map(map) => ballot.with_metadata(map),
        other => panic!("{other:?}"),
    }
}

fn failed() -> Reply {
    let request = request();
    let (voter, proposal) = (id("agent-2"), request.proposal.id().clone());
    Reply::Failed { voter, proposal, instance: request.instance, round: 2, cause: "the voter panicked".into() }
}

fn closed() -> Closed {
    Closed::new(proposal().id().clone(), request().instance, Decision::Approved)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_of_every_message_stay_what_they_are() {
    let plain = Reply::Ballot(request().ballot(id("agent-1"), For));
    let messages = [
        ("request", request().to_bytes()),
        ("plain ballot", plain.to_bytes()),
        ("whole ballot", Reply::Ballot(whole()).to_bytes()),
        ("failed", failed().to_bytes()),
        ("closed", closed().to_bytes()),
    ];
    let told: String = messages.iter().map(|(name, bytes)| format!("{name}: {}\n", hex(bytes))).collect();
    assert_eq!(told.trim(), include_str!("messages.txt").trim());
}

#[test]
fn what_was_sent_is_read_also_in_emoji_and_from_right_to_left() {
    assert_eq!(Request::from_bytes(&request().to_bytes(), &limits()), Ok(request()));
    for reply in [Reply::Ballot(whole()), failed()] {
        assert_eq!(Reply::from_bytes(&reply.to_bytes(), &limits()), Ok(reply));
    }
    assert_eq!(Closed::from_bytes(&closed().to_bytes(), &limits()), Ok(closed()));
}

/// Reads a message, and writes it again.
type Again = fn(&[u8]) -> Option<Vec<u8>>;

/// Every message, and a way to read it.
fn readers() -> [(Vec<u8>, Again); 4] {
    fn reply(bytes: &[u8]) -> Option<Vec<u8>> {
        Reply::from_bytes(bytes, &Limits::default()).ok().map(|reply| reply.to_bytes())
    }
    [
        (request().to_bytes(), |bytes| {
            Request::from_bytes(bytes, &Limits::default()).ok().map(|request| request.to_bytes())
        }),
        (Reply::Ballot(whole()).to_bytes(), reply),
        (failed().to_bytes(), reply),
        (closed().to_bytes(), |bytes| {
            Closed::from_bytes(bytes, &Limits::default()).ok().map(|closed| closed.to_bytes())
        }),
    ]
}

#[test]
fn a_message_that_is_cut_anywhere_or_goes_on_behind_its_end_is_refused() {
    for (bytes, read) in readers() {
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), None, "cut at {length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(read(&longer), None);
    }
}

#[test]
fn a_flipped_bit_is_refused_or_says_something_else_in_its_one_form() {
    for (bytes, read) in readers() {
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                // Two texts of bytes never mean the same.
                assert!(read(&flipped).is_none_or(|again| again == flipped), "bit {bit} of byte {place}");
            }
        }
    }
}

#[test]
fn a_length_that_promises_more_than_there_is_takes_no_memory() {
    let mut bytes = Reply::Ballot(whole()).to_bytes();
    bytes[2..6].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(Reply::from_bytes(&bytes, &limits()), Err(InvalidInput::TooLong { .. })));
}

#[test]
fn a_reason_a_cause_or_metadata_over_the_limit_is_refused_by_name() {
    let limits = limits();
    let reason = |bytes: usize| Reply::Ballot(request().ballot(id("a"), For).because("x".repeat(bytes))).to_bytes();
    assert!(Reply::from_bytes(&reason(limits.reason_bytes), &limits).is_ok());
    let refused = Reply::from_bytes(&reason(limits.reason_bytes + 1), &limits);
    assert!(matches!(refused, Err(InvalidInput::TooLong { field: "reason", .. })), "{refused:?}");
    let metadata = Map::from([("x".to_owned(), Value::from("x".repeat(limits.ballot_bytes)))]);
    let refused =
        Reply::from_bytes(&Reply::Ballot(request().ballot(id("a"), For).with_metadata(metadata)).to_bytes(), &limits);
    assert!(matches!(refused, Err(InvalidInput::TooLong { field: "metadata", .. })), "{refused:?}");
    let Reply::Failed { voter, proposal, instance, round, .. } = failed() else { panic!("it is one") };
    let cause = "x".repeat(limits.reason_bytes + 1);
    let refused = Reply::from_bytes(&Reply::Failed { voter, proposal, instance, round, cause }.to_bytes(), &limits);
    assert!(matches!(refused, Err(InvalidInput::TooLong { field: "cause", .. })), "{refused:?}");
}

#[test]
fn a_ballot_that_is_surer_than_sure_or_of_no_round_is_refused() {
    let refused = Reply::from_bytes(&Reply::Ballot(whole().confident(2.into())).to_bytes(), &limits());
    assert!(matches!(refused, Err(InvalidInput::OutOfRange { field: "confidence", .. })), "{refused:?}");
    let refused = Reply::from_bytes(&Reply::Ballot(whole().in_round(0)).to_bytes(), &limits());
    assert!(matches!(refused, Err(InvalidInput::OutOfRange { field: "round", .. })), "{refused:?}");
}
