//! What is shared between threads, and what may be awaited in a task that moves between them: it holds as soon as it compiles.
#![cfg(all(feature = "consensus", feature = "sync", feature = "store", feature = "swarm"))]

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::one_shot::{Agreed, Agreement, Agreements, Proof, Setting};
use moai_flow::consensus::{
    Ask, Ballot, Certificate, ConsensusManager, Draft, Electorate, Evidence, Outcome, Proposal, RequestError,
    SharedRule, Ticket, VoteError, VoterHandler, voter_fn,
};
use moai_flow::store::{CachedStore, MemoryJournal, MemoryStore, SqliteJournal, SqliteStore};
use moai_flow::swarm::heartbeat::HeartbeatMonitor;
use moai_flow::swarm::{Agent, AgentError, SwarmCoordinator, TaskAllocator, TaskError};
use moai_flow::sync::{Replica, ReplicaHandler, StateSynchronizer, SyncError, SyncReport, Watch};
use moai_flow::{AgentId, Coordinator, Envelope, Journal, MemoryProvider, StateKey, Value};

fn is_shared<T: Send + Sync + 'static>() {}

fn moves<T: Send + 'static>() {}

fn can_be_spawned<T: Future + Send>(_: T) {}

#[test]
fn what_is_shared_between_threads() {
    is_shared::<(ConsensusManager, Ticket, VoterHandler, SharedRule, Draft, Ask, Outcome)>();
    is_shared::<(Ballot, Evidence, Certificate, Electorate, Proposal)>();
    is_shared::<(Agreements, Agreement, Agreed, Proof, Setting)>();
    is_shared::<(StateSynchronizer, Replica, ReplicaHandler, SyncReport)>();
    is_shared::<(MemoryStore, MemoryJournal, SqliteStore, SqliteJournal, CachedStore)>();
    is_shared::<(SwarmCoordinator, HeartbeatMonitor, TaskAllocator, Agent)>();
    is_shared::<(Envelope, Value)>();
    is_shared::<(RequestError, VoteError, SyncError, TaskError, AgentError)>();
    is_shared::<(Arc<dyn Coordinator>, Arc<dyn MemoryProvider>, Arc<dyn Journal>)>();
    moves::<Watch>();
}

#[test]
fn what_is_awaited_by_a_task_that_moves_between_threads() {
    // Nobody calls them: that they compile is the test.
    let _ = (asks as fn(_, _), agrees as fn(_, _, _), synchronizes as fn(_, _, _), takes_part as fn(_, _, _));
}

fn asks(manager: &'static ConsensusManager, ballot: Ballot) {
    can_be_spawned(manager.request_consensus(Value::Null, Ask::new()));
    can_be_spawned(manager.open(Value::Null, Ask::new()));
    can_be_spawned(manager.record_vote(ballot));
    can_be_spawned(manager.recover());
    can_be_spawned(manager.shutdown());
}

fn agrees(half: &'static Agreements, proposal: &'static Proposal, setting: Setting) {
    can_be_spawned(half.agree(proposal, setting, voter_fn(|_| moai_flow::consensus::Choice::For)));
    can_be_spawned(async move { half.clone().open() });
}

fn synchronizes(synchronizer: &'static StateSynchronizer, key: &'static StateKey, watch: &'static mut Watch) {
    can_be_spawned(synchronizer.synchronize_state(key));
    can_be_spawned(synchronizer.synchronize_within(key, Duration::ZERO));
    can_be_spawned(synchronizer.get_state(key));
    can_be_spawned(synchronizer.clear_state(key));
    can_be_spawned(synchronizer.snapshot(None));
    can_be_spawned(synchronizer.shutdown());
    can_be_spawned(watch.next());
}

fn takes_part(tasks: &'static TaskAllocator, id: &'static AgentId, agent: Agent) {
    can_be_spawned(tasks.statistics());
    can_be_spawned(tasks.dead_letters());
    can_be_spawned(tasks.pull(id));
    can_be_spawned(agent.leave());
}
