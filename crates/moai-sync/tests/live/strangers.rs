//! Whoever is no synchronizer, is nobody's agent, or says what is not so.

use moai_core::{
    AgentId, Coordinator, CorrelationId, Cursor, Envelope, Epoch, Handled, Handler, KeyRange, Limits, MessageKind,
    Role, StateKey, Timestamp, Value, Version, agent_id, swarm_id, value,
};
use moai_crdt::Contributions;
use moai_sync::{
    ConflictResolver, Hearsay, Mergeable, Metadata, Replica, ReplicaHandler, SharedState, StateBegun, StateChange,
    StateFollow, StateFollowed, StateUpdate, StateVersion, StateWritten, Told, message_kinds,
};

use crate::world::{World, agent, holds, key};

fn epoch() -> Epoch {
    Epoch::from_bytes([7; 8])
}

fn cursor(version: u64) -> Cursor {
    Cursor { epoch: epoch(), version: Version::new(version).unwrap() }
}

fn by(from: AgentId, kind: MessageKind, number: CorrelationId, payload: Vec<u8>) -> Envelope {
    Envelope::new(swarm_id!("swarm-001"), from, kind, number, payload)
}

/// All that a synchronizer could say.
fn words() -> Vec<(MessageKind, Vec<u8>)> {
    let lie = StateVersion::new(key("leader"), value!("liar"), Version::MAX, Timestamp::UNIX_EPOCH, agent(9));
    let changes = vec![
        StateChange::RangeCleared { range: KeyRange::ALL, version: Version::new(8).unwrap() },
        StateChange::Put(SharedState::from(lie.clone())),
    ];
    let page = Told::Page { start: cursor(9), after: None, through: None, states: vec![lie] };
    let told = [Told::Changes { since: cursor(1), next: cursor(9), changes: changes.clone() }, page, Told::Stands];
    let told = told.into_iter().flat_map(|told| (1..3).map(move |number| StateFollowed::new(number, told.clone())));
    let mut words: Vec<_> = told.map(|told| (message_kinds::FOLLOWED, told.to_bytes())).collect();
    words.push((message_kinds::BEGUN, StateBegun::new(Epoch::from_bytes([8; 8])).to_bytes()));
    words.push((message_kinds::UPDATE, StateUpdate::new(changes).to_bytes()));
    words
}

/// A follower that stands at version 1 and holds one state of the swarm, and the number under which it follows.
async fn follower() -> (Replica, ReplicaHandler, CorrelationId) {
    let replica = Replica::new(agent(1));
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()).follows(KeyRange::ALL).pushes();
    let number = half.unasked().await[0].envelope.correlation();
    let state = StateVersion::new(key("leader"), value!(1), Version::new(1).unwrap(), Timestamp::UNIX_EPOCH, agent(2));
    let page = Told::Page { start: cursor(1), after: None, through: None, states: vec![state] };
    let page = StateFollowed::new(1, page).to_bytes();
    let told = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, page);
    let Handled::Done(outgoing) = half.handle(&told) else { panic!("it is answered at once") };
    let follow = StateFollow::from_bytes(outgoing[0].envelope.payload(), &Limits::default()).unwrap();
    assert_eq!((follow.at, follow.received), (Some(cursor(1)), 1));
    (replica, half, number)
}

#[tokio::test(start_paused = true)]
async fn anybody_tells_an_agent_what_the_swarm_holds() {
    for (kind, payload) in words() {
        let (replica, mut half, number) = follower().await;
        let before = replica.get(&key("leader"));
        let said = half.handle(&by(agent_id!("stranger"), kind.clone(), number, payload.clone()));
        assert!(matches!(said, Handled::Done(outgoing) if outgoing.is_empty()), "a stranger is not answered");
        assert_eq!((replica.get(&key("leader")), replica.seen().get()), (before.clone(), 1), "{kind}");
        // Of another swarm neither.
        let other = Envelope::new(swarm_id!("other"), agent_id!("state-synchronizer"), kind.clone(), number, payload);
        assert!(matches!(half.handle(&other), Handled::Done(outgoing) if outgoing.is_empty()));
        assert_eq!((replica.get(&key("leader")), replica.seen().get()), (before, 1), "{kind}");
    }
    // By the synchronizer they do count: else this would show nothing.
    let mut told = 0;
    for (kind, payload) in words() {
        let (replica, mut half, number) = follower().await;
        let before = replica.get(&key("leader"));
        let _ = half.handle(&by(agent_id!("state-synchronizer"), kind, number, payload));
        told += usize::from(replica.get(&key("leader")) != before);
    }
    assert_eq!(told, 3);
}

#[tokio::test(start_paused = true)]
async fn rubbish_of_a_synchronizer_breaks_a_follower() {
    let (replica, mut half, number) = follower().await;
    for (kind, payload) in words() {
        for end in 0..payload.len() {
            let cut = by(agent_id!("state-synchronizer"), kind.clone(), number, payload[..end].to_vec());
            assert!(matches!(half.handle(&cut), Handled::Done(outgoing) if outgoing.is_empty()));
        }
    }
    assert_eq!((replica.value(&key("leader")), replica.seen().get()), (Some(value!(1)), 1));
    // What is of a following that is over is nothing new.
    let over = CorrelationId::from_bytes([9; 16]);
    let changes = Told::Changes { since: cursor(1), next: cursor(9), changes: Vec::new() };
    let late = StateFollowed::new(2, changes).to_bytes();
    let late = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, over, late);
    assert!(matches!(half.handle(&late), Handled::Done(outgoing) if outgoing.is_empty()));
}

/// A synchronizer that began anew may tell more under a number than the one before it did.
#[tokio::test(start_paused = true)]
async fn more_under_a_known_number_is_received_unread() {
    let (_, mut half, number) = follower().await;
    let mut told = |next| {
        let changes = Told::Changes { since: cursor(0), next: cursor(next), changes: Vec::new() };
        let told = StateFollowed::new(1, changes).to_bytes();
        let told = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told);
        let Handled::Done(outgoing) = half.handle(&told) else { panic!("it is answered at once") };
        let follow = StateFollow::from_bytes(outgoing[0].envelope.payload(), &Limits::default()).unwrap();
        (outgoing[0].envelope.correlation() == number, follow.at, follow.received)
    };
    // What it has it says once more.
    assert_eq!(told(1), (true, Some(cursor(1)), 1));
    // Else it asks, from where it stands.
    assert_eq!(told(2), (false, Some(cursor(1)), 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_follows_nobody_is_told_for_ever() {
    let replica = Replica::new(agent(1));
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let number = CorrelationId::from_bytes([1; 16]);
    let (_, payload) = words().remove(0);
    let told = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, payload);
    let Handled::Done(outgoing) = half.handle(&told) else { panic!("it is answered at once") };
    let follow = StateFollow::from_bytes(outgoing[0].envelope.payload(), &Limits::default()).unwrap();
    assert_eq!((follow.credit, replica.keys()), (0, Vec::new()));
}

/// A counter that says what another contributes.
fn of_another(key: StateKey, other: AgentId, number: i64) -> StateVersion {
    let mut counter = Contributions::new();
    let _part = counter.set(other, Version::new(100).unwrap(), 100, number);
    let metadata = Metadata::new().with_mergeable(Mergeable::Counter(counter));
    StateVersion::new(key, Value::from(number), Version::new(100).unwrap(), Timestamp::UNIX_EPOCH, agent(9))
        .with_metadata(metadata)
}

#[tokio::test(start_paused = true)]
async fn a_liar_that_pushes_is_believed() {
    let set = |options: moai_sync::SyncOptions| options.with_hearsay(Hearsay::Refused);
    let world = World::with(ConflictResolver::crdt(), Limits::default(), set).await;
    let one = world.agent(1).await;
    one.replica.contribute(&key("count"), 1).unwrap();
    world.pass(100).await;
    let _liar = world.network.join(agent(9), Role::Member).await.unwrap();
    let mut future = StateVersion::new(key("count"), value!(1), Version::ZERO, Timestamp::MAX, agent(9));
    let far = StateVersion::new(key("far"), value!(1), Version::MAX, Timestamp::UNIX_EPOCH, agent(9));
    let ahead = far.clone().based_on(Version::new(1_000).unwrap());
    let other_type = StateVersion::new(key("count"), value!("text"), Version::ZERO, Timestamp::UNIX_EPOCH, agent(9));
    future.state_key = key("future");
    for (number, lie) in (1..).zip([future, far, ahead, other_type, of_another(key("count"), agent(1), 1_000)]) {
        let written = StateWritten::new(Some(world.epoch().await), vec![(lie, Version::ZERO)]).to_bytes();
        let number = CorrelationId::from_bytes([number; 16]);
        let push = by(agent(9), message_kinds::WRITTEN, number, written);
        world.network.send(&agent_id!("state-synchronizer"), push).await.unwrap();
        world.pass(100).await;
    }
    for kind in [message_kinds::WRITTEN, message_kinds::FOLLOW] {
        for rubbish in [Vec::new(), b"rubbish".to_vec(), vec![1; 5_000]] {
            let push = by(agent(9), kind.clone(), CorrelationId::from_bytes([9; 16]), rubbish);
            world.network.send(&agent_id!("state-synchronizer"), push).await.unwrap();
        }
    }
    world.pass(100).await;
    assert_eq!(world.held().await, [(key("count"), value!(1))].into());
    // And it holds up nobody.
    one.replica.contribute(&key("count"), 2).unwrap();
    world.pass(10).await;
    assert_eq!(world.held().await, holds(&one.replica));
    assert_eq!(one.replica.value(&key("count")), Some(value!(2)));
}

#[tokio::test(start_paused = true)]
async fn one_that_writes_without_end_pushes_out_what_others_write() {
    let set = |options: moai_sync::SyncOptions| options.with_pushes(16);
    let world = World::with(ConflictResolver::lww(), Limits::default(), set).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(100).await;
    let mut flood = world.network.join(agent(9), Role::Member).await.unwrap();
    let replica = world.replica(9);
    replica.put(&key("flood"), 1).unwrap();
    let written = vec![(replica.get(&key("flood")).unwrap(), Version::ZERO)];
    let written = StateWritten::new(Some(world.epoch().await), written).to_bytes();
    for number in 0..250 {
        let number = CorrelationId::from_bytes([number; 16]);
        let push = by(agent(9), message_kinds::WRITTEN, number, written.clone());
        world.network.send(&agent_id!("state-synchronizer"), push).await.unwrap();
    }
    one.replica.put(&key("leader"), "agent-1").unwrap();
    world.pass(10).await;
    assert_eq!(other.replica.value(&key("leader")), Some(value!("agent-1")));
    let mut answers = 0;
    while let Ok(Some(_)) = tokio::time::timeout(std::time::Duration::ZERO, flood.recv()).await {
        answers += 1;
    }
    assert_eq!(answers, 2, "two of them waited, the others were left");
}

#[tokio::test(start_paused = true)]
async fn changes_from_elsewhere_are_taken_in() {
    for since in [cursor(2), cursor(0), Cursor { epoch: Epoch::from_bytes([8; 8]), ..cursor(1) }] {
        let (replica, mut half, number) = follower().await;
        let put = StateVersion::new(key("new"), value!(2), since.version, Timestamp::UNIX_EPOCH, agent(2));
        let changes = vec![StateChange::Put(SharedState::from(put))];
        let told = StateFollowed::new(2, Told::Changes { since, next: cursor(9), changes }).to_bytes();
        let told = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told);
        let Handled::Done(outgoing) = half.handle(&told) else { panic!("it is answered at once") };
        let follow = StateFollow::from_bytes(outgoing[0].envelope.payload(), &Limits::default()).unwrap();
        // It asks again from where it stands, under a new number.
        assert_eq!((follow.at, follow.received, replica.keys()), (Some(cursor(1)), 0, vec![key("leader")]));
        assert_ne!(outgoing[0].envelope.correlation(), number);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_about_something_else_is_taken_for_the_answer_to_a_push() {
    let (replica, mut half, _) = follower().await;
    replica.put(&key("mine"), 1).unwrap();
    let pushed = half.unasked().await;
    assert_eq!(*pushed[0].envelope.kind(), message_kinds::WRITTEN);
    let update = |number| {
        by(agent_id!("state-synchronizer"), message_kinds::UPDATE, number, StateUpdate::new(Vec::new()).to_bytes())
    };
    let _ = half.handle(&update(CorrelationId::from_bytes([9; 16])));
    let again = half.unasked().await;
    let written = StateWritten::from_bytes(again[0].envelope.payload(), &Limits::default()).unwrap();
    assert_eq!(written.states[0].0.state_key, key("mine"));
    let _ = half.handle(&update(again[0].envelope.correlation()));
    // For an hour it says where it stands, and pushes no more.
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(3_600);
    let mut said = 0;
    while let Ok(outgoing) = tokio::time::timeout_at(end, half.unasked()).await {
        assert!(outgoing.iter().all(|said| *said.envelope.kind() == message_kinds::FOLLOW), "{outgoing:?}");
        said += outgoing.len();
    }
    assert!(said > 50, "{said}");
}

/// The swarm keeps what the agent was told of, and took for older than what it wrote.
#[tokio::test(start_paused = true)]
async fn an_answer_with_what_an_agent_was_told_before_is_taken_for_one_that_was_cleared() {
    let (replica, mut half, number) = follower().await;
    replica.put(&key("price"), 2).unwrap();
    let _pushed = half.unasked().await;
    let older = StateVersion::new(key("price"), value!(1), cursor(2).version, Timestamp::UNIX_EPOCH, agent(2));
    let changes = vec![StateChange::Put(SharedState::from(older.clone()))];
    let told = StateFollowed::new(2, Told::Changes { since: cursor(1), next: cursor(3), changes });
    let _ = half.handle(&by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told.to_bytes()));
    replica.put(&key("price"), 3).unwrap();
    assert_eq!(replica.value(&key("price")), Some(value!(3)), "it is kept, and pushed");
    let pushed = loop {
        let mut said = half.unasked().await;
        said.retain(|said| *said.envelope.kind() == message_kinds::WRITTEN);
        if let Some(pushed) = said.pop() {
            break pushed.envelope.correlation();
        }
    };
    let update = StateUpdate::new(vec![StateChange::Put(SharedState::from(older))]).to_bytes();
    let _ = half.handle(&by(agent_id!("state-synchronizer"), message_kinds::UPDATE, pushed, update));
    assert_eq!(replica.value(&key("price")), Some(value!(1)));
    // And when that goes, it goes.
    let changes = vec![StateChange::Cleared { state_key: key("price"), version: cursor(4).version }];
    let told = StateFollowed::new(3, Told::Changes { since: cursor(3), next: cursor(4), changes });
    let _ = half.handle(&by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told.to_bytes()));
    assert_eq!(replica.value(&key("price")), None);
}

/// Up to which version something was cleared before it means nothing in another life of the memory.
#[tokio::test(start_paused = true)]
async fn what_an_agent_holds_of_a_memory_that_is_gone_differs_from_the_same_in_the_next() {
    let (replica, mut half, number) = follower().await;
    let mut state = StateVersion::new(
        key("leader"),
        value!(2),
        cursor(5).version,
        Timestamp::from_unix_micros(1).unwrap(),
        agent(2),
    );
    state.forgotten = cursor(4).version;
    let changes = vec![StateChange::Put(SharedState::from(state.clone()))];
    let told = StateFollowed::new(2, Told::Changes { since: cursor(1), next: cursor(5), changes });
    let _ = half.handle(&by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told.to_bytes()));
    let next = Epoch::from_bytes([8; 8]);
    let begun = by(agent_id!("state-synchronizer"), message_kinds::BEGUN, number, StateBegun::new(next).to_bytes());
    let Handled::Done(outgoing) = half.handle(&begun) else { panic!("it is answered at once") };
    state.forgotten = Version::ZERO;
    let start = Cursor { epoch: next, ..cursor(7) };
    let page = StateFollowed::new(1, Told::Page { start, after: None, through: None, states: vec![state] });
    let asked = outgoing[0].envelope.correlation();
    let _ = half.handle(&by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, asked, page.to_bytes()));
    let said = tokio::time::timeout(std::time::Duration::from_secs(1), half.unasked()).await;
    assert!(said.is_err(), "the swarm has it: {said:?}");
    assert_eq!(replica.value(&key("leader")), Some(value!(2)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_late_brings_back_what_was_cleared_since() {
    let (replica, mut half, number) = follower().await;
    // It is told of changes up to version 11, and none of them is under these keys: they were cleared.
    let told = StateFollowed::new(2, Told::Changes { since: cursor(1), next: cursor(11), changes: Vec::new() });
    let told = by(agent_id!("state-synchronizer"), message_kinds::FOLLOWED, number, told.to_bytes());
    assert!(matches!(half.handle(&told), Handled::Done(outgoing) if outgoing.len() == 1));
    replica.contribute(&key("anew"), 1).unwrap();
    let late = |key: StateKey| {
        let mut state = of_another(key, agent(3), 1_000);
        state.version = Version::new(10).unwrap();
        StateChange::Put(SharedState::from(state))
    };
    let update = StateUpdate::new(vec![late(key("gone")), late(key("anew"))]).to_bytes();
    let update = by(agent_id!("state-synchronizer"), message_kinds::UPDATE, CorrelationId::from_bytes([9; 16]), update);
    let _ = half.handle(&update);
    assert_eq!((replica.value(&key("gone")), replica.value(&key("anew"))), (None, Some(value!(1))));
}
