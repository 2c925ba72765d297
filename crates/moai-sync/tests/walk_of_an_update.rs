//! The walk of a state update, step by step, as `docs/walk-of-an-update.md` tells it.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{
    Coordinator, Envelope, Handled, Handler, KeyRange, Limits, LocalCoordinator, Mailbox, MemoryProvider, MessageKind,
    Role, StateKey, Version, agent_id, swarm_id, value,
};
use moai_store::MemoryStore;
use moai_sync::{
    Answer, ConflictResolver, Known, Replica, ReplicaHandler, StateFollow, StateFollowed, StateRequest, StateResponse,
    StateSynchronizer, StateUpdate, StateWritten, Told, message_kinds,
};

/// An agent, driven by hand.
struct Agent {
    replica: Replica,
    half: ReplicaHandler,
    mailbox: Box<dyn Mailbox>,
}

impl Agent {
    async fn join(swarm: &LocalCoordinator, name: moai_core::AgentId) -> Self {
        let replica = Replica::new(name.clone());
        let half = ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone());
        Self { replica, half, mailbox: swarm.join(name, Role::Member).await.unwrap() }
    }

    /// One that follows and pushes.
    async fn follow(swarm: &LocalCoordinator, name: moai_core::AgentId) -> Self {
        let Self { replica, half, mailbox } = Self::join(swarm, name).await;
        Self { replica, half: half.follows(KeyRange::ALL).pushes(), mailbox }
    }

    /// Sends what it has to say unasked: one message of this kind.
    async fn says(&mut self, swarm: &LocalCoordinator, kind: MessageKind) -> Envelope {
        let outgoing = self.half.unasked().await;
        assert_eq!((outgoing.len(), outgoing[0].envelope.kind()), (1, &kind));
        swarm.send(&outgoing[0].to, outgoing[0].envelope.clone()).await.unwrap();
        outgoing[0].envelope.clone()
    }

    /// Takes in what it is told, and sends what it says to that.
    async fn takes(&mut self, swarm: &LocalCoordinator, told: &Envelope) -> Envelope {
        let Handled::Done(outgoing) = self.half.handle(told) else { panic!("it is answered at once") };
        swarm.send(&outgoing[0].to, outgoing[0].envelope.clone()).await.unwrap();
        outgoing[0].envelope.clone()
    }

    async fn receive(&mut self) -> Envelope {
        self.mailbox.recv().await.unwrap()
    }

    async fn answer(&mut self, swarm: &LocalCoordinator, asked: &Envelope) -> StateResponse {
        let Handled::Done(outgoing) = self.half.handle(asked) else { panic!("it is answered at once") };
        let response = StateResponse::from_bytes(outgoing[0].envelope.payload(), &Limits::default()).unwrap();
        swarm.send(&outgoing[0].to, outgoing[0].envelope.clone()).await.unwrap();
        response
    }
}

#[tokio::test(start_paused = true)]
async fn from_what_agents_hold_to_what_the_swarm_holds() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let memory = Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory.clone(), ConflictResolver::crdt()).await.unwrap();
    let mut first = Agent::join(&swarm, agent_id!("agent-1")).await;
    let mut second = Agent::join(&swarm, agent_id!("agent-2")).await;
    let counter = StateKey::new("task_counter").unwrap();

    // 1. Agents write into their replicas.
    first.replica.contribute(&counter, 42).unwrap();
    second.replica.contribute(&counter, 38).unwrap();
    let held = first.replica.get(&counter).unwrap();
    assert_eq!(held.metadata.vector_clock().unwrap().get(&agent_id!("agent-1")), 1);
    assert_eq!((held.value, held.based_on), (value!(42), Version::ZERO));

    // 2. The question goes out, with what stands for what the swarm holds: nothing yet.
    let round = {
        let (synchronizer, counter) = (synchronizer.clone(), counter.clone());
        async move { synchronizer.synchronize_state(&counter).await.unwrap() }
    };
    let walk = async {
        let asked = first.receive().await;
        assert_eq!(asked.kind(), &message_kinds::REQUEST);
        let request = StateRequest::from_bytes(asked.payload(), &Limits::default()).unwrap();
        assert_eq!(request.keys, [(counter.clone(), Known::NOTHING)]);
        // 3. Agents answer with what they hold.
        let response = first.answer(&swarm, &asked).await;
        assert!(matches!(response.answers.as_slice(), [Answer::Holds { state, .. }] if state.value == value!(42)));
        let asked = second.receive().await;
        second.answer(&swarm, &asked).await;
        // 7. Both held something else, and both are told. One counts on before it reads that.
        second.replica.contribute(&counter, 40).unwrap();
        for agent in [&mut first, &mut second] {
            let told = agent.receive().await;
            assert_eq!(told.kind(), &message_kinds::UPDATE);
            let update = StateUpdate::from_bytes(told.payload(), &Limits::default()).unwrap();
            assert_eq!(update.changes[0].version(), Version::new(1).unwrap());
            assert!(matches!(agent.half.handle(&told), Handled::Done(outgoing) if outgoing.is_empty()));
        }
    };
    let (report, ()) = tokio::join!(round, walk);

    // 4., 5. and 6. Nothing had to be set aside; it was resolved, and stored under the swarm's next version.
    assert!(report.refused.is_empty() && report.missing.is_empty() && report.conflict && report.changed);
    let stored = synchronizer.get_state(&counter).await.unwrap().unwrap();
    assert_eq!((&stored.value, stored.version.get()), (&value!(80), 1));
    // 8. The report says so.
    assert_eq!(report.state, Some(stored));
    assert_eq!(report.responded, [agent_id!("agent-1"), agent_id!("agent-2")]);
    assert_eq!(report.informed, report.responded);

    // What was written meanwhile is not lost, and the next round has it.
    assert_eq!((first.replica.value(&counter), second.replica.value(&counter)), (Some(value!(80)), Some(value!(82))));
    let round = synchronizer.synchronize_within(&counter, Duration::from_secs(1));
    let walk = async {
        let asked = first.receive().await;
        // The same costs a few bytes.
        assert_eq!(first.answer(&swarm, &asked).await.answers, [Answer::Same]);
        let asked = second.receive().await;
        second.answer(&swarm, &asked).await;
    };
    let (report, ()) = tokio::join!(round, walk);
    assert_eq!(report.unwrap().state.map(|state| state.value), Some(value!(82)));

    // An agent that was away asks for what changed.
    let delta = synchronizer.delta_sync(Version::ZERO).await.unwrap();
    let back = Replica::new(agent_id!("agent-3"));
    back.apply(delta.changes);
    assert_eq!(back.value(&counter), Some(value!(82)));
    assert_eq!(memory.standing(swarm.swarm_id()).await.unwrap().last, delta.next);
}

#[tokio::test(start_paused = true)]
async fn from_what_one_agent_writes_to_what_another_holds_without_a_round() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let memory = Arc::new(MemoryStore::new().unwrap());
    let _synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.unwrap();
    let mut first = Agent::follow(&swarm, agent_id!("agent-1")).await;
    let mut second = Agent::follow(&swarm, agent_id!("agent-2")).await;
    let leader = StateKey::new("leader").unwrap();

    // 1. Each says where it stands: nowhere; and is told all that there is: nothing.
    for agent in [&mut first, &mut second] {
        let follow = agent.says(&swarm, message_kinds::FOLLOW).await;
        let follow = StateFollow::from_bytes(follow.payload(), &Limits::default()).unwrap();
        assert_eq!((follow.at, follow.received, follow.credit), (None, 0, 8));
        let told = agent.receive().await;
        let followed = StateFollowed::from_bytes(told.payload(), &Limits::default()).unwrap();
        assert!(matches!(followed.told, Told::Page { states, through: None, .. } if states.is_empty()));
        // 5. It says that it has received that.
        let follow = agent.takes(&swarm, &told).await;
        let follow = StateFollow::from_bytes(follow.payload(), &Limits::default()).unwrap();
        assert_eq!((follow.at.map(|at| at.version), follow.received), (Some(Version::ZERO), 1));
    }

    // 2. What it writes leaves at once.
    first.replica.put(&leader, "agent-1").unwrap();
    let pushed = first.says(&swarm, message_kinds::WRITTEN).await;
    let written = StateWritten::from_bytes(pushed.payload(), &Limits::default()).unwrap();
    assert_eq!((written.states.len(), written.follows), (1, true));

    // 3. It is settled, and answered: what the swarm holds has a version now.
    let answer = first.receive().await;
    assert_eq!((answer.kind(), answer.correlation()), (&message_kinds::UPDATE, pushed.correlation()));
    let update = StateUpdate::from_bytes(answer.payload(), &Limits::default()).unwrap();
    assert_eq!(update.changes[0].version(), Version::new(1).unwrap());

    // 4. Followers are told what is new, from where they stand.
    let told = second.receive().await;
    let followed = StateFollowed::from_bytes(told.payload(), &Limits::default()).unwrap();
    let Told::Changes { since, next, changes } = followed.told else { panic!("{followed:?}") };
    assert_eq!((since.version.get(), next.version.get(), changes), (0, 1, update.changes));
    second.takes(&swarm, &told).await;
    assert_eq!(second.replica.value(&leader), Some(value!("agent-1")));
}
