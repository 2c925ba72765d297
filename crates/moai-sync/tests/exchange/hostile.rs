//! Whoever lies, or says nothing, changes nothing and leaves nothing behind.

use std::sync::Arc;

use moai_core::{
    AgentId, CorrelationId, Envelope, FixedClock, Handled, Handler, Limits, MessageKind, Outgoing, Timestamp, Version,
    agent_id, message_kind, swarm_id, value,
};
use moai_crdt::{Path, ReplicaId, Schema, Stamp};
use moai_sync::{ConflictResolver, Exchange, Replica, SharedState, StateChange};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{World, agent, key};

const KINDS: [MessageKind; 6] = [
    message_kind!("exchange_ask"),
    message_kind!("exchange_tell"),
    message_kind!("exchange_page"),
    message_kind!("exchange_paged"),
    message_kind!("exchange_states"),
    message_kind!("exchange_next"),
];

fn two() -> World {
    let world = World::new(2);
    for number in 0..10 {
        world.replica(0).put(&key(&format!("task/{number}")), number).unwrap();
    }
    world
}

/// The same message by another sender.
fn by(from: AgentId, sent: &Outgoing) -> Envelope {
    let envelope = &sent.envelope;
    let (kind, payload) = (envelope.kind().clone(), envelope.payload().clone());
    Envelope::new(envelope.swarm().clone(), from, kind, envelope.correlation(), payload)
}

#[test]
fn a_stranger_reads_or_writes() {
    let mut world = two();
    world.replica(1).put(&key("secret"), "x").unwrap();
    world.begin(0, 1);
    // Each message of a whole exchange first comes from a stranger, and from another swarm.
    let mut refused = 0;
    while let Some(sent) = world.under_way.front().cloned() {
        let before = (world.states(0), world.states(1));
        let strange = by(agent_id!("stranger"), &sent);
        assert_eq!(world.show(&sent.to, &strange), []);
        let (kind, payload) = (sent.envelope.kind().clone(), sent.envelope.payload().clone());
        let (from, about) = (sent.envelope.sender().clone(), sent.envelope.correlation());
        let elsewhere = Envelope::new(swarm_id!("other"), from, kind, about, payload);
        assert_eq!(world.show(&sent.to, &elsewhere), []);
        let itself = by(sent.to.clone(), &sent);
        assert_eq!(world.show(&sent.to, &itself), []);
        assert_eq!((world.states(0), world.states(1)), before);
        refused += 3;
        world.deliver(0);
    }
    assert!(refused > 12);
    assert_eq!(world.halves[0].counts().refused + world.halves[1].counts().refused, refused);
    world.assert_same();
}

#[test]
fn a_message_of_another_half_is_taken() {
    let mut world = two();
    let about = CorrelationId::from_bytes([1; 16]);
    let envelope = Envelope::new(swarm_id!("swarm-001"), agent(1), message_kind!("state_request"), about, "");
    assert!(matches!(world.halves[0].handle(&envelope), Handled::NotMine));
}

#[test]
fn peers_that_never_answer_pile_up() {
    let mut world = World::new(40);
    for _ in 0..3 {
        for peer in 1..40 {
            world.begin(0, peer);
        }
    }
    assert_eq!(world.halves[0].under_way(), 16, "the oldest are given up");
    world.replica(1).put(&key("a"), 1).unwrap();
    for _ in 0..10 {
        world.begin(1, 2);
    }
    assert_eq!(world.halves[1].under_way(), 1, "one with each");
    // Many that ask and then say nothing.
    for peer in 2..40 {
        world.under_way.clear();
        world.begin(peer, 1);
        world.deliver(0);
    }
    assert_eq!(world.halves[1].under_way(), 1 + 16);
    world.halves[1].remove_peer(&agent(2));
    assert_eq!(world.halves[1].under_way(), 16);
    // Whoever was given up begins again, and nothing is amiss.
    world.under_way.clear();
    assert!(world.exchange(3, 1) > 64);
    assert_eq!(world.replica(3).value(&key("a")), Some(value!(1)));
}

/// A peer whose clock is ahead, with what it wrote.
fn liar(micros: i64) -> Exchange {
    let clock = FixedClock(Timestamp::from_unix_micros(micros).unwrap());
    let replica = Replica::new(agent(1)).with_clock(Arc::new(clock));
    let peers = [agent(0)];
    Exchange::new(swarm_id!("swarm-001"), replica, ConflictResolver::crdt()).with_peers(peers)
}

#[test]
fn a_state_from_the_future_or_with_made_up_numbers_wins_for_ever() {
    let mut world = World::new(2);
    let hour = 3_600_000_000;
    world.halves[1] = liar(hour);
    for name in ["a", "b"] {
        world.replica(0).put(&key(name), "honest").unwrap();
    }
    world.replica(1).put(&key("a"), "for ever").unwrap();
    world.replica(1).contribute(&key("count"), 1_000).unwrap();
    world.exchange(0, 1);
    assert_eq!(world.halves[0].counts().refused, 2);
    assert_eq!(
        (world.replica(0).value(&key("a")), world.replica(0).value(&key("count"))),
        (Some(value!("honest")), None)
    );
    assert_eq!(world.replica(1).value(&key("b")), Some(value!("honest")), "the others are exchanged");
    // In time, and with a version that nobody can have reached.
    world.halves[1] = liar(0);
    let mut far = world.replica(0).get(&key("a")).unwrap();
    (far.version, far.value) = (Version::new(1 << 40).unwrap(), value!("for ever"));
    world.replica(1).apply([StateChange::Put(SharedState::from(far))]);
    world.exchange(0, 1);
    assert_eq!(world.halves[0].counts().refused, 3);
    assert_eq!(world.replica(0).value(&key("a")), Some(value!("honest")));
}

/// An answer to a page that goes up to a key of one letter, or to the end.
fn paged(question: &Envelope, through: Option<u8>) -> Envelope {
    let through = through.map_or(vec![0], |letter| vec![1, 1, letter]);
    let bytes: Vec<u8> = [0, 1, 37, 0, 0].into_iter().chain(through).chain([0, 0]).collect();
    question.reply(agent(1), message_kind!("exchange_paged"), bytes)
}

#[test]
fn an_answer_to_a_page_skips_keys_or_keeps_the_asker_at_it_for_ever() {
    let limits = Limits { payload_bytes: 2_048, ..Limits::default() };
    for (through, is_taken) in [(Some(b'n'), true), (Some(b'z'), false), (None, false), (Some(b'a'), false)] {
        let mut world = World::with(2, &ConflictResolver::crdt(), &limits);
        for number in 0..500 {
            world.replica(0).put(&key(&format!("m/{number:03}")), number).unwrap();
            world.replica(0).put(&key(&format!("o/{number:03}")), number).unwrap();
        }
        world.begin(0, 1);
        while world.under_way.front().unwrap().envelope.kind() != &message_kind!("exchange_page") {
            world.deliver(0);
        }
        let first = world.under_way.pop_front().unwrap().envelope;
        // The first page goes to somewhere in m, so only what lies before that is within it.
        assert_eq!(world.show(&agent(0), &paged(&first, Some(b'z'))), [], "beyond its end");
        assert_eq!((world.halves[0].counts().refused, world.halves[0].under_way()), (1, 0));
        world.begin(0, 1);
        while world.under_way.front().unwrap().envelope.kind() != &message_kind!("exchange_page") {
            world.deliver(0);
        }
        let first = world.under_way.pop_front().unwrap().envelope;
        // An honest one up to b, and then one that goes back, stays, or goes beyond.
        let next = world.show(&agent(0), &paged(&first, Some(b'b')));
        assert_eq!(next.len(), 1);
        let further = world.show(&agent(0), &paged(&next[0].envelope, if is_taken { Some(b'c') } else { through }));
        assert_eq!(!further.is_empty(), is_taken, "{through:?}");
        assert_eq!(world.halves[0].under_way(), usize::from(is_taken));
    }
}

#[test]
fn a_key_is_kept_for_ever_or_drawn_each_time() {
    let mut world = two();
    let mut keys = Vec::new();
    for number in 0..130 {
        let sent = world.halves[0].begin(&agent(1)).unwrap();
        keys.push(sent.envelope.payload()[2..18].to_vec());
        // An answer that makes no sense: under another key it may.
        if number == 100 {
            let answer = sent.envelope.reply(agent(1), message_kind!("exchange_tell"), vec![1, 99]);
            assert_eq!(world.show(&agent(0), &answer), []);
        }
    }
    let changes: Vec<usize> = (1..130).filter(|at| keys[*at] != keys[at - 1]).collect();
    assert_eq!(changes, [64, 101]);
}

/// What differs where a byte is wrong: a few small states, so much that it goes in pages, or a large document.
#[derive(Debug, Clone, Copy)]
enum Differs {
    Little,
    Much,
    Document,
}

impl Differs {
    fn write(self, world: &World) {
        world.replica(1).put(&key("there"), 1).unwrap();
        match self {
            Self::Little => {}
            Self::Much => {
                for number in 0..200 {
                    world.replica(number % 2).add(&key(&format!("much/{number}")), 1).unwrap();
                    world.replica(1).put(&key(&format!("task/{}", number % 10)), "changed").unwrap();
                }
            }
            Self::Document => {
                for number in 0..2 {
                    let replica = world.replica(number);
                    let (me, now) = (ReplicaId::derive(replica.agent(), 0), Stamp::new(1, 0).unwrap());
                    let edited = replica.edit(&key("plan"), |document| {
                        let all: Vec<i64> = (0..300).collect();
                        let fields = value!({(format!("field-{number}")): all});
                        document.assign(me, now, &Path::root(), &fields, &Schema::new()).map(drop)
                    });
                    edited.unwrap();
                }
            }
        }
    }
}

/// Runs an exchange in which a byte of one message is another one.
fn with_a_wrong_byte(differs: Differs, message: usize, place: prop::sample::Index, flip: u8) {
    let mut world = two();
    differs.write(&world);
    world.begin(0, 1);
    for number in 0.. {
        let Some(mut sent) = world.under_way.pop_front() else { break };
        if number == message {
            let mut payload = sent.envelope.payload().to_vec();
            if !payload.is_empty() {
                let at = place.index(payload.len());
                payload[at] ^= flip;
            }
            let (from, kind) = (sent.envelope.sender().clone(), sent.envelope.kind().clone());
            sent.envelope = Envelope::new(swarm_id!("swarm-001"), from, kind, sent.envelope.correlation(), payload);
        }
        world.under_way.push_front(sent);
        world.deliver(0);
    }
    for (asker, answerer) in [(0, 1), (1, 0)] {
        world.exchange(asker, answerer);
    }
    for number in 0..10 {
        let name = key(&format!("task/{number}"));
        assert_eq!(world.replica(1).get(&name), world.replica(0).get(&name));
        assert!(world.replica(1).get(&name).is_some(), "{name}");
    }
    if matches!(differs, Differs::Document) {
        // Two contents of one write are two documents for ever: by its history each lacks nothing.
        assert_eq!((world.halves[0].under_way(), world.halves[1].under_way()), (0, 0));
        assert_eq!(world.replica(0).keys(), world.replica(1).keys());
        return;
    }
    world.assert_same();
}

proptest! {
    #[test]
    fn rubbish_from_a_peer_changes_something(kind in 0..6_usize, bytes in vec(any::<u8>(), 0..300)) {
        let mut world = two();
        world.exchange(1, 0);
        let before = (world.states(0), world.halves[0].counts());
        let about = CorrelationId::from_bytes([1; 16]);
        for mark in [None, Some(0)] {
            let payload: Vec<u8> = mark.into_iter().chain(bytes.iter().copied()).collect();
            let envelope = Envelope::new(swarm_id!("swarm-001"), agent(1), KINDS[kind].clone(), about, payload);
            prop_assert_eq!(world.show(&agent(0), &envelope), []);
        }
        prop_assert_eq!(world.states(0), before.0);
        prop_assert_eq!(world.halves[0].counts().refused, before.1.refused + 2);
        prop_assert_eq!(world.halves[0].under_way(), 0);
    }

    #[test]
    fn a_wrong_byte_keeps_an_exchange_from_ending(
        differs in prop_oneof![Just(Differs::Little), Just(Differs::Much), Just(Differs::Document)],
        message in 0..12_usize,
        place in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        with_a_wrong_byte(differs, message, place, flip);
    }
}
