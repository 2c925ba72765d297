//! From the question to the decision, with agents in this process that answer at once.

use std::sync::Arc;

use moai_consensus::{
    Algorithm, Ask, Ballot, Choice, ConsensusManager, Draft, Electorate, Input, Opening, Output, QuorumAlgorithm,
    Ratio, Reply, Request, Ticket, message_kinds,
};
use moai_core::{
    AgentId, Coordinator, Limits, LocalCoordinator, Role, Timestamp, agent_id, algorithm_name, swarm_id, value,
};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

pub(super) fn run(report: &mut Report) {
    for (name, agents, bar) in [
        ("decide-3", 3, 1.0 / 15.0),
        ("decide-100", 100, 1.0 / 5.0),
        ("decide-1000", 1_000, 1.0 / 5.0),
        ("decide-10000", 10_000, 1.0 / 5.0),
    ] {
        let rounds = (30_000 / agents).clamp(3, 2_000);
        Contest::new(name, Unit::Time, decide(agents, rounds))
            .peer("bare-tokio", bar, fan_out(agents, rounds))
            .run(report);
    }
    // A peer of 460,000 a second, as recorded for omnipaxos with three replicas in one process; wanted are 100,000.
    Contest::new("proposals-3-voters", Unit::Time, decide(3, 5_000))
        .peer("recorded:omnipaxos", None, |gauge| gauge.recorded(1e9 / 460_000.0))
        .peer("limit-of-100000-a-second", 1.0, |gauge| gauge.recorded(1e9 / 100_000.0))
        .run(report);
    // The Python original took 1.67 seconds.
    Contest::new("ten-thousand-ballots", Unit::Time, ten_thousand_ballots())
        .peer("recorded:python-original", 1_000.0, |gauge| gauge.recorded(1.67e9))
        .run(report);
    Contest::new("memory-10000-open", Unit::Bytes, ten_thousand_open)
        .peer("limit-of-50-MB", 1.0, |gauge| gauge.recorded(50e6))
        .run(report);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn name(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number:05}")).expect("a name")
}

/// Every agent must answer before it is decided, as in the bare exchange.
fn decide(agents: usize, rounds: usize) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let manager = runtime.block_on(async {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let manager = ConsensusManager::new(swarm.clone()).await.expect("a manager");
        let all = QuorumAlgorithm::with_threshold(Ratio::ONE).expect("a threshold");
        manager.replace_algorithm(algorithm_name!("quorum"), all);
        for number in 0..agents {
            let mut mailbox = swarm.join(name(number), Role::Member).await.expect("a member");
            let swarm = swarm.clone();
            #[expect(clippy::disallowed_methods, reason = "agents are tasks of their own")]
            tokio::spawn(async move {
                let limits = Limits::default();
                while let Some(asked) = mailbox.recv().await {
                    let Ok(request) = Request::from_envelope(&asked, &limits) else { continue };
                    let me = mailbox.owner().clone();
                    let ballot = Reply::Ballot(request.ballot(me.clone(), Choice::For)).to_bytes();
                    let _ = swarm.send(asked.sender(), asked.reply(me, message_kinds::VOTE, ballot)).await;
                }
            });
        }
        manager
    });
    move |gauge| {
        gauge.time(rounds, || {
            runtime.block_on(async {
                for _ in 0..rounds {
                    let asked = manager.request_consensus(value!({"action": "deploy"}), Ask::new());
                    assert!(asked.await.is_ok_and(|outcome| outcome.is_approved()));
                }
            });
        });
    }
}

/// The bare exchange: a pointer to everybody, and an answer from everybody.
fn fan_out(agents: usize, rounds: usize) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (senders, mut answers) = runtime.block_on(async {
        let (answer, answers) = mpsc::channel(65_536);
        let mut senders = Vec::new();
        for number in 0..agents {
            let (sender, mut receiver) = mpsc::channel::<Arc<str>>(1_024);
            let answer = answer.clone();
            #[expect(clippy::disallowed_methods, reason = "agents are tasks of their own")]
            tokio::spawn(async move {
                while receiver.recv().await.is_some() {
                    let _ = answer.send(number).await;
                }
            });
            senders.push(sender);
        }
        (senders, answers)
    });
    move |gauge| {
        gauge.time(rounds, || {
            runtime.block_on(async {
                for _ in 0..rounds {
                    let question: Arc<str> = Arc::from("deploy");
                    for sender in &senders {
                        let _ = sender.send(question.clone()).await;
                    }
                    for _ in 0..agents {
                        let _ = answers.recv().await;
                    }
                }
            });
        });
    }
}

/// Ten thousand ballots into one proposal, each with the look whether it is decided.
fn ten_thousand_ballots() -> impl FnMut(&mut Gauge) {
    const VOTERS: usize = 10_000;
    let electorate = Electorate::of((0..VOTERS).map(name)).expect("an electorate");
    let draft = Draft::from(value!({"action": "deploy"}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).expect("a proposal");
    let (now, end) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let opening = Opening::new(proposal, electorate.clone(), algorithm_name!("quorum"), now, end);
    move |gauge| {
        let all = QuorumAlgorithm::with_threshold(Ratio::ONE).expect("a threshold");
        let mut session = all.open(opening.clone()).expect("a session");
        let started = session.handle(now, Input::Start);
        let instance = started.iter().find_map(|output| match output {
            Output::Send(request) => Some(request.instance),
            _ => None,
        });
        let instance = instance.expect("a question");
        let ballots: Vec<Arc<Ballot>> = electorate
            .ids()
            .map(|id| Arc::new(Ballot::new(id.clone(), session.proposal().clone(), instance, Choice::For)))
            .collect();
        gauge.time(1, || {
            for ballot in ballots {
                drop(session.handle(now, Input::Ballot(ballot)));
            }
        });
        assert!(session.outcome().is_some_and(|outcome| outcome.is_approved()));
    }
}

/// What ten thousand open proposals hold, each with ten voters of whom one has answered.
fn ten_thousand_open(gauge: &mut Gauge) -> (Runtime, Vec<Ticket>) {
    gauge.heap(1, || {
        let runtime = runtime();
        let tickets = runtime.block_on(async {
            let swarm = Arc::new(LocalCoordinator::with_limits(
                swarm_id!("swarm-001"),
                // Nobody takes the questions out, and they are not what is measured.
                Limits { member_mailbox: 0, ..Limits::default() },
            ));
            let manager = ConsensusManager::new(swarm.clone()).await.expect("a manager");
            let voters = Electorate::of((0..10).map(name)).expect("an electorate");
            let mut tickets = Vec::new();
            for number in 0..10_000 {
                let ask = Ask::new().among(voters.clone());
                let ticket = manager.open(value!({"action": "deploy", "number": number}), ask).await.expect("a ticket");
                let ballot = manager.ballot(ticket.proposal(), name(0), Choice::For).expect("it is open");
                manager.record_vote(ballot).await.expect("a receipt");
                tickets.push(ticket);
            }
            assert_eq!(manager.open_count(), 10_000);
            tickets
        });
        (runtime, tickets)
    })
}
