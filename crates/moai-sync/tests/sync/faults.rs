//! Messages that are broken, lost, late, doubled or of somebody else, and a memory that fails.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{
    Coordinator, CorrelationId, Envelope, Epoch, Handled, Handler, Limits, Role, StoreError, agent_id, swarm_id, value,
};
use moai_store::{Fault, Faults, FaultyStore, MemoryStore};
use moai_sync::{
    Answer, ConflictResolver, Known, Replica, ReplicaHandler, StateRequest, StateResponse, SyncError, message_kinds,
};

use crate::world::{World, agent, key};

#[tokio::test(start_paused = true)]
async fn answers_that_are_rubbish_doubled_or_of_a_stranger_count() {
    let world = World::new(ConflictResolver::lww()).await;
    world.agent(1).await.replica.put(&key("leader"), "agent-1").unwrap();
    let mut two = world.swarm.join(agent(2), Role::Member).await.unwrap();
    let mut three = world.swarm.join(agent(3), Role::Member).await.unwrap();
    let mut four = world.swarm.join(agent(4), Role::Member).await.unwrap();
    let _stranger = world.swarm.join(agent_id!("stranger"), Role::Service).await.unwrap();
    let asking = tokio::spawn({
        let synchronizer = world.synchronizer.clone();
        async move { synchronizer.synchronize_within(&key("leader"), Duration::from_secs(5)).await }
    });
    let asked = two.recv().await.unwrap();
    let (_, _) = (three.recv().await, four.recv().await);
    let to = asked.sender().clone();
    let send = async |from, payload: Vec<u8>| {
        world.swarm.send(&to, asked.reply(from, message_kinds::RESPONSE, payload)).await.unwrap();
    };
    let liar = Replica::new(agent(9));
    liar.put(&key("leader"), "nobody").unwrap();
    let lie = StateResponse::new(vec![Answer::holds(liar.get(&key("leader")).unwrap())]).to_bytes();
    send(agent_id!("stranger"), lie.clone()).await;
    send(agent(2), b"rubbish".to_vec()).await;
    // Its first answer was its word.
    send(agent(2), lie).await;
    send(agent(3), StateResponse::new(vec![Answer::Nothing, Answer::Nothing]).to_bytes()).await;
    send(agent(4), StateResponse::new(vec![Answer::Nothing]).to_bytes()).await;
    let report = asking.await.unwrap().unwrap();
    assert_eq!(report.state.unwrap().value, value!("agent-1"));
    assert_eq!(report.responded, [agent(1), agent(4)]);
    let refused: Vec<_> = report.refused.iter().map(|refused| refused.agent_id.clone()).collect();
    assert_eq!(refused, [agent(2), agent(3)]);
    assert!(report.refused[1].why.contains("2 answers to 1 keys"), "{:?}", report.refused);
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_earlier_round_is_taken_for_one_to_this() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut late = world.swarm.join(agent(1), Role::Member).await.unwrap();
    let ask = async || world.synchronizer.synchronize_within(&key("leader"), Duration::from_secs(1)).await;
    assert!(matches!(ask().await, Err(SyncError::NobodyAnswered { .. })));
    let first = late.recv().await.unwrap();
    let replica = Replica::new(agent(1)).with_clock(world.clock.clone());
    replica.put(&key("leader"), "late").unwrap();
    let answer = StateResponse::new(vec![Answer::holds(replica.get(&key("leader")).unwrap())]);
    let answer = first.reply(agent(1), message_kinds::RESPONSE, answer.to_bytes());
    let (round, ()) = tokio::join!(ask(), async {
        late.recv().await.unwrap();
        world.swarm.send(first.sender(), answer).await.unwrap();
    });
    assert!(matches!(round, Err(SyncError::NobodyAnswered { .. })), "{round:?}");
}

#[test]
fn an_agent_answers_what_is_no_question_or_belongs_to_another_swarm() {
    let replica = Replica::new(agent(1));
    replica.put(&key("leader"), "agent-1").unwrap();
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let none = CorrelationId::from_bytes([0; 16]);
    let question = StateRequest::new(
        Epoch::from_bytes([7; 8]),
        vec![(key("leader"), Known::NOTHING), (key("nothing"), Known::NOTHING)],
    );
    let envelope = |swarm, kind, payload: Vec<u8>| Envelope::new(swarm, agent_id!("asker"), kind, none, payload);
    let ours = || swarm_id!("swarm-001");
    let asked = envelope(ours(), message_kinds::REQUEST, question.to_bytes());
    let Handled::Done(answers) = half.handle(&asked) else { panic!("it is answered at once") };
    let response = StateResponse::from_bytes(answers[0].envelope.payload(), &Limits::default()).unwrap();
    let held = Answer::holds(replica.get(&key("leader")).unwrap());
    assert_eq!((response.answers, &answers[0].to), (vec![held, Answer::Nothing], &agent_id!("asker")));
    for (envelope, is_mine) in [
        (envelope(swarm_id!("other"), message_kinds::REQUEST, question.to_bytes()), true),
        (envelope(ours(), message_kinds::REQUEST, b"rubbish".to_vec()), true),
        (envelope(ours(), message_kinds::UPDATE, b"rubbish".to_vec()), true),
        (envelope(ours(), message_kinds::RESPONSE, Vec::new()), false),
    ] {
        match half.handle(&envelope) {
            Handled::Done(outgoing) => assert!(is_mine && outgoing.is_empty()),
            other => assert!(!is_mine, "{other:?}"),
        }
    }
    assert_eq!(replica.keys(), [key("leader")]);
}

#[test]
fn any_member_tells_an_agent_that_everything_is_cleared() {
    let replica = Replica::new(agent(1));
    replica.put(&key("leader"), "agent-1").unwrap();
    let range = moai_core::KeyRange::ALL;
    let cleared = moai_sync::StateChange::RangeCleared { range, version: moai_core::Version::MAX };
    let update = moai_sync::StateUpdate::new(vec![cleared]).to_bytes();
    let told = |by| {
        let none = CorrelationId::from_bytes([0; 16]);
        Envelope::new(swarm_id!("swarm-001"), by, message_kinds::UPDATE, none, update.clone())
    };
    let mut half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
    let _ = half.handle(&told(agent(2)));
    assert_eq!(replica.keys(), [key("leader")]);
    let _ = half.told_by([agent(2)]).handle(&told(agent(2)));
    assert_eq!(
        (replica.keys(), replica.seen()),
        (vec![key("leader")], moai_core::Version::MAX),
        "it was written fresh"
    );
}

#[test]
fn a_question_about_more_keys_than_one_may_have_is_answered() {
    let keys = |count: usize| {
        StateRequest::new(
            Epoch::from_bytes([7; 8]),
            (0..count).map(|n| (key(&format!("k-{n}")), Known::NOTHING)).collect(),
        )
    };
    let limits = Limits::default();
    assert_eq!(StateRequest::from_bytes(&keys(1_000).to_bytes(), &limits).unwrap().keys.len(), 1_000);
    assert!(StateRequest::from_bytes(&keys(1_001).to_bytes(), &limits).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_fails_is_told_as_done() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (store, faults) = (Arc::new(MemoryStore::new().unwrap()), Faults::new());
    let faulty = Arc::new(FaultyStore::new(store.clone(), faults.clone()));
    let synchronizer =
        World::synchronizer(&world.swarm, faulty, ConflictResolver::crdt(), &world.clock, "faulty").await;
    let one = world.agent(1).await;
    one.replica.contribute(&key("count"), 42).unwrap();
    faults.next_write(Fault::Before);
    let refused = synchronizer.synchronize_state(&key("count")).await.unwrap_err();
    assert!(matches!(refused, SyncError::Store(StoreError::Unavailable { .. })), "{refused}");
    world.settle().await;
    assert_eq!((one.updates(), synchronizer.get_state(&key("count")).await.unwrap()), (0, None));
    // The next round does it.
    assert!(synchronizer.synchronize_state(&key("count")).await.unwrap().changed);
    one.replica.contribute(&key("count"), 43).unwrap();
    faults.next_write(Fault::During { applied: true });
    let refused = synchronizer.synchronize_state(&key("count")).await.unwrap_err();
    assert!(matches!(refused, SyncError::Store(StoreError::Failed { .. })), "{refused}");
    // What it was told before it crashed is there after it comes back, and nothing is counted twice.
    let again = World::synchronizer(&world.swarm, store, ConflictResolver::crdt(), &world.clock, "again").await;
    let report = again.synchronize_state(&key("count")).await.unwrap();
    assert_eq!((report.changed, report.state.unwrap().value), (false, value!(43)));
}
