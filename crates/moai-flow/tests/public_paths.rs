//! Every public path of the facade, by name: what is renamed or lost does not compile here.
#![allow(unused_imports, reason = "the imports are the test")]

use moai_flow::{
    // limits and errors
    Aftermath,
    // words
    AgentId,
    // the ports
    AgentState,
    AlgorithmName,
    // data
    Array,
    // the record
    BadRecord,
    // memory
    Batch,
    Chain,
    Chance,
    ChanceError,
    Change,
    Changes,
    Clock,
    Coded,
    Committed,
    Coordinator,
    CoordinatorError,
    CorrelationId,
    Cursor,
    Delivered,
    Digest,
    DigestBuilder,
    Durability,
    Entry,
    // what travels
    Envelope,
    Epoch,
    Expected,
    FixedClock,
    Flaw,
    Happened,
    Head,
    Held,
    InvalidInput,
    Journal,
    JournalError,
    KeyRange,
    Limits,
    Listing,
    // one process
    LocalCoordinator,
    Mailbox,
    Map,
    Member,
    MemoryProvider,
    MessageKind,
    Namespace,
    NewRecord,
    Number,
    Persistence,
    Precondition,
    ProposalId,
    Record,
    RecordKind,
    Role,
    SeededChance,
    SnapshotPage,
    SnapshotPlace,
    Standing,
    StateKey,
    SteeredClock,
    StoreError,
    SwarmId,
    SystemChance,
    SystemClock,
    Timestamp,
    Topology,
    Value,
    Version,
    View,
    verify_journal,
};
use moai_flow::{agent_id, algorithm_name, message_kind, namespace, proposal_id, record_kind, swarm_id, value};

#[cfg(feature = "consensus")]
use moai_flow::consensus::{
    Algorithm, All, Any, Ask, Ballot, Base, Basis, ByzantineConsensus, Choice, Class, ClassTally, Closed,
    ConsensusDecision, ConsensusManager, ConsensusResult, Contradiction, Count, Decision, Determined, Dissent,
    Diversity, Draft, Elector, Electorate, Evidence, Extremes, FinalTally, GossipAlgorithm, GossipConfig, GossipCounts,
    GossipDecision, GossipMode, GossipProtocol, GossipRun, Group, Hour, Input, IntoRatio, Invalid, ManagerOptions,
    Measure, Not, OnDeadline, OpenError, Opening, Outcome, Output, Parts, Progress, Proposal, QuorumAlgorithm, Ratio,
    Receipt, RecoverError, Recovered, Reply, Request, RequestError, Rule, RuleAlgorithm, Session, SharedRule,
    Statistics, Status, Taken, Tallied, Tally, Threshold, Ticket, Turnout, Unanimous, UnanimousAlgorithm, Veto, Vote,
    VoteError, VoteType, VoterKey, Voting, WeightedAlgorithm, Weights, Why, blocking, determine, instance,
    message_kinds,
};
#[cfg(feature = "store")]
use moai_flow::store::{
    BlockingMemoryStore, Fault, Faults, FaultyJournal, FaultyStore, Gate, MemoryJournal, MemoryStore,
};

#[test]
fn a_macro_needs_more_than_the_facade() {
    assert_eq!(agent_id!("agent-1").as_str(), "agent-1");
    assert_eq!(algorithm_name!("quorum").as_str(), "quorum");
    assert_eq!(message_kind!("note").as_str(), "note");
    assert_eq!(namespace!("state").as_str(), "state");
    assert_eq!(proposal_id!("deploy").as_str(), "deploy");
    assert_eq!(record_kind!("ballot").as_str(), "ballot");
    assert_eq!(swarm_id!("swarm-001").as_str(), "swarm-001");
    assert_eq!(value!({"a": [1, 0.5, null]}).to_json().unwrap(), r#"{"a":[1,0.5,null]}"#);
}
