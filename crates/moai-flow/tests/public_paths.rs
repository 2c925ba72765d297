//! Every public path of the facade, by name: what is renamed or lost does not compile here, and what is new and does not stand
//! here fails.
#![allow(unused_imports, reason = "the imports are the test")]

use std::collections::BTreeSet;

use moai_flow::{agent_id, algorithm_name, message_kind, namespace, proposal_id, record_kind, swarm_id, value};

mod root {
    use moai_flow::{
        Aftermath, AgentId, AgentState, AlgorithmName, Array, BadRecord, Batch, Chain, Chance, ChanceError, Change,
        Changes, Clock, Coded, Committed, Coordinator, CoordinatorError, CorrelationId, Cursor, Delivered, Digest,
        DigestBuilder, Durability, Entry, Envelope, Epoch, Expected, FixedClock, Flaw, Handled, Handler, Happened,
        Head, Held, InvalidInput, Journal, JournalError, KeyRange, Limits, Listing, LocalCoordinator, LocalMailbox,
        Mailbox, Map, Member, MemoryProvider, MessageKind, Namespace, NewRecord, Number, Outgoing, Persistence,
        Precondition, ProposalId, Record, RecordKind, Role, SeededChance, SnapshotPage, SnapshotPlace, Standing,
        StateKey, SteeredClock, StoreError, SwarmId, SystemChance, SystemClock, Timestamp, Topology, Value, ValueSeed,
        Version, View, Work, async_trait, verify_journal,
    };
}

#[cfg(feature = "signing")]
mod signing {
    use moai_flow::consensus::{Ed25519, KeyError, SigningKey};
}

#[cfg(feature = "consensus")]
mod consensus {
    use moai_flow::consensus::{
        Algorithm, AlgorithmTaken, All, Answer, Any, Ask, Ballot, BallotFlaw, Base, Basis, ByzantineConsensus,
        Certificate, CertificateFlaw, Choice, Claim, Class, ClassTally, Closed, Conduct, ConsensusDecision,
        ConsensusManager, ConsensusResult, Contradiction, Count, Decision, Determined, Dissent, Diversity, Domain,
        Draft, Elector, Electorate, Ended, Entry, EpidemicSwarm, Evidence, EvidenceFlaw, Extremes, FinalTally,
        GossipAlgorithm, GossipConfig, GossipCounts, GossipDecision, GossipDraws, GossipDynamics, GossipMode,
        GossipProtocol, GossipRound, GossipRun, GossipSurvey, Ground, Group, Hour, Input, IntoAnswer, IntoRatio,
        Invalid, Listed, MajoritySwarm, ManagerOptions, Measure, Not, OnDeadline, OpenError, Opening, Outcome, Output,
        Parts, Progress, Proposal, Proven, QuorumAlgorithm, Ratio, Receipt, RecoverError, Recovered, Reply, Request,
        RequestError, RequestFlaw, Rule, RuleAlgorithm, Ruling, Served, Session, SharedRule, Signature, Signer,
        SnowballAgent, SnowballSwarm, Standing, Statistics, Status, Taken, Tallied, Tally, Terms, Threshold, Ticket,
        Turnout, Unanimous, UnanimousAlgorithm, Verifier, Veto, Vote, VoteError, VoteType, Voter, VoterAsyncFn,
        VoterCounts, VoterError, VoterFn, VoterHandler, VoterKey, Voting, WeightedAlgorithm, Weights, Why,
        adopt_majority, async_trait, blocking, determine, learn_ballots, message_kinds, serve, serve_and_drain,
        serve_until, voter_async_fn, voter_fn,
    };
}

#[cfg(feature = "consensus")]
mod one_shot {
    use moai_flow::consensus::one_shot::{
        Agent, Agreed, Agreement, AgreementCounts, AgreementError, Agreements, Breach, Certificate, Flaw, Input,
        Justification, Kind, Message, NoProof, Offence, Output, Part, Proof, Proposition, Record, Refusal, Said,
        Setting, Statement,
    };
}

#[cfg(feature = "crdt")]
mod crdt {
    use moai_flow::crdt::{
        BoundedCounter, BudgetError, Causal, CausalContext, Causality, Change, Collision, Conflict, Contribution,
        Contributions, Delta, Digest, Directory, Document, DocumentChange, DocumentError, Dot, DotFun, DotFunChange,
        DotMap, DotSet, DotStore, DottedCounter, DriftExceeded, DwFlag, EwFlag, GCounter, GSet, HybridClock, Keyed,
        LamportClock, LwwMap, LwwRegister, Max, Meeting, Merge, Min, MvRegister, OrMap, OrSet, Overflow, Part, Path,
        PnCounter, ReplicaId, Replicated, RwSet, Schema, Shape, Stamp, Survivor, TwoPhaseSet, VectorClock, Wire,
        WireForm, WireLimits, WireReader, WireWriter, Writer, wire,
    };
}

#[cfg(feature = "store")]
mod store {
    use moai_flow::store::{
        BlockingMemoryStore, CacheStatistics, CachedStore, Fault, Faults, FaultyJournal, FaultyStore, Gate,
        MemoryJournal, MemoryStore,
    };
    #[cfg(feature = "sqlite")]
    use moai_flow::store::{BlockingSqliteStore, OpenError, SqliteJournal, SqliteStore, Verified};
}

#[cfg(feature = "swarm")]
mod swarm {
    use moai_flow::swarm::{
        Agent, AgentBuilder, AgentError, Leased, NewTask, OfferPolicy, Reach, SwarmCoordinator, SwarmTraffic,
        TaskAllocator, TaskError, TaskId, TaskLease, TaskOptions, TaskQueue, TaskStatistics, TopologyInfo, Worker,
        heartbeat,
    };
}

#[cfg(feature = "consensus")]
mod audit {
    use moai_flow::consensus::audit::{Audit, Audited, Flaw, Flawed, Told};
}

#[cfg(feature = "swarm")]
mod swarm_audit {
    use moai_flow::swarm::audit::{
        AuditedChange, AuditedMemory, CommitRecord, Flaw, Flawed, Report, Step, Trail, VerifyError, tell, verify,
    };
}

#[cfg(feature = "swarm")]
mod heartbeat {
    use moai_flow::swarm::heartbeat::{
        AgentHealth, Health, HealthEvent, HealthEvents, HeartbeatError, HeartbeatHandler, HeartbeatMonitor,
        HeartbeatOptions, Input, Lagged, Lease, LeaseEpoch, Monitor, Progress, Reason,
    };
}

#[cfg(feature = "sync")]
mod sync {
    use moai_flow::sync::{
        AgentClock, Answer, ByPrefix, ConflictResolver, Crdt, CrdtType, Delta, Exchange, ExchangeCounts, ExchangeError,
        Fields, Hearsay, Known, Lww, Mergeable, Metadata, OtherType, Periodic, Priority, Refused, Replica,
        ReplicaHandler, ResolveError, Resolved, Round, SharedState, Since, StateBegun, StateChange, StateDigest,
        StateFollow, StateFollowed, StateRequest, StateResponse, StateSynchronizer, StateUpdate, StateVersion,
        StateWritten, Strategy, SyncError, SyncOptions, SyncReport, SyncSnapshot, Told, Traffic, Vector, Watch, Way,
        WriteError, Written, message_kinds, reconcile,
    };
}

#[cfg(feature = "sync")]
mod reconcile {
    use moai_flow::sync::reconcile::{
        Answered, Answerer, Asked, Asker, Message, ReconcileError, ReconcileKey, ReconcileLimits, ReconcileSet, Root,
        Symbol, Wanted,
    };
}

#[cfg(feature = "sim")]
mod sim {
    use moai_flow::sim::{
        Campaign, Ended, Failure, History, Report, Scenario, Seeds, Seen, Violation,
        lanes::{LANES, Lane, Order},
    };
}

#[cfg(feature = "sim")]
mod sim_adversary {
    use moai_flow::sim::adversary::{
        Adversary, Corrupter, DoubleVoter, Equivocator, Flooder, Forger, FutureStamper, Late, Pact, Replayer, Scene,
        Silent, StaleView, Turncoat, TwoFaced, Usher, Withholder,
    };
}

#[cfg(feature = "sim")]
mod sim_invariant {
    use moai_flow::sim::invariant::{
        CertificatesHold, Counted, CursorReader, MonotoneVersions, NobodyAccused, OneWord, ShownAndSigned, TaskLedger,
        ToldOutcomes, agreement, an_end, bounded_memory, closed_is_closed, convergence, durability, evidence_complete,
        evidence_kept, evidence_sound, exact_tally, fair_count, no_double_vote, persisted_first, unique_dots, validity,
    };
}

#[cfg(feature = "sim")]
mod sim_one_shot {
    use moai_flow::sim::one_shot::{Beyond, Keys, Member, OneShot, Told, Voice};
}

#[cfg(feature = "sim")]
mod sim_stack {
    use moai_flow::sim::replicas::Replicas;
    use moai_flow::sim::rumours::Rumours;
    use moai_flow::sim::stack::{
        Agreements, Chaos, Crash, Crowd, Cut, Ground, JournalDisk, Life, MemoryDisk, SignedVotes, SimClock,
        SimCoordinator, SimJournal, SimMemory, SimNetwork, States, Tasks, Votes, in_virtual_time, process, watch,
    };
    use moai_flow::sim::votes;
}

#[cfg(feature = "sim")]
mod sim_world {
    use moai_flow::sim::world::{Clock, Cut, Disk, Effect, Input, Mix, Node, World};
}

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

/// The words of a text that stand alone, without comments: of a path only the last.
fn words(source: &str) -> BTreeSet<&str> {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    let words = lines.flat_map(|line| line.split([' ', ',', ';', '{', '}', '(', ')']));
    words.map(|word| word.rsplit("::").next().unwrap_or_default()).filter(|word| !word.is_empty()).collect()
}

/// What a crate's table of contents makes public: from each `pub use` to its end.
fn public(contents: &str) -> BTreeSet<&str> {
    let hidden = |before: &str| before.trim_end().ends_with("#[doc(hidden)]");
    let starts = contents.match_indices("\npub use ").filter(|(at, _)| !hidden(&contents[..*at]));
    let uses = starts.map(|(at, start)| contents[at + start.len()..].split(';').next().unwrap_or_default());
    uses.flat_map(words).collect()
}

#[test]
fn something_public_is_not_pinned_here() {
    let pinned = words(include_str!("public_paths.rs"));
    let contents = [
        include_str!("../../moai-core/src/lib.rs"),
        include_str!("../../moai-consensus/src/lib.rs"),
        include_str!("../../moai-consensus/src/one_shot/mod.rs"),
        include_str!("../../moai-crdt/src/lib.rs"),
        include_str!("../../moai-store/src/lib.rs"),
        include_str!("../../moai-swarm/src/lib.rs"),
        include_str!("../../moai-swarm/src/audit/mod.rs"),
        include_str!("../../moai-swarm/src/heartbeat/mod.rs"),
        include_str!("../../moai-sync/src/lib.rs"),
        include_str!("../../moai-sync/src/reconcile/mod.rs"),
        include_str!("../../moai-sim/src/lib.rs"),
        include_str!("../../moai-sim/src/adversary/mod.rs"),
        include_str!("../../moai-sim/src/invariant/mod.rs"),
        include_str!("../../moai-sim/src/one_shot/mod.rs"),
        include_str!("../../moai-sim/src/replicas/mod.rs"),
        include_str!("../../moai-sim/src/rumours/mod.rs"),
        include_str!("../../moai-sim/src/stack/mod.rs"),
        include_str!("../../moai-sim/src/votes/mod.rs"),
        include_str!("../../moai-sim/src/world/mod.rs"),
    ];
    for contents in contents {
        let public = public(contents);
        assert!(!public.is_empty(), "nothing was found");
        let missing: Vec<_> = public.difference(&pinned).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
