//! What a proof does, tried from the inside: ballots are not signed yet, so no evidence from outside is one.

use moai_core::{AgentId, Limits, Timestamp, agent_id, algorithm_name, value};

use super::*;
use crate::{Ballot, Choice, Draft, Electorate, Standing};

fn session(members: u64, faults: u64) -> ByzantineSession {
    let proposal = Draft::from(value!({"proposal_id": "p"})).identify(agent_id!("lead"), [0; 16], &Limits::default());
    let ids = (1..=members).map(|number| AgentId::new(format!("agent-{number}")).unwrap());
    let (opened, deadline) = (Timestamp::UNIX_EPOCH, Timestamp::from_unix_micros(30_000_000).unwrap());
    let electorate = Electorate::of(ids).unwrap();
    let opening = Opening::new(proposal.unwrap(), electorate, algorithm_name!("byzantine"), opened, deadline);
    let mut session = ByzantineSession::new(opening, Bound { faults, rounds: 3 }, Detected::default());
    session.handle(opened, Input::Start);
    session
}

fn prove(session: &mut ByzantineSession, place: usize) -> Vec<Output> {
    let mut out = Vec::new();
    session.strike(Timestamp::UNIX_EPOCH, place, false, true, &mut out);
    out
}

#[test]
fn more_proven_liars_than_can_be_borne_are_never_outvoted() {
    // W = 10 and f = 1: Q = 6 honest ones are there, and yet the vote rests on what does not hold.
    let mut session = session(10, 1);
    prove(&mut session, 0);
    prove(&mut session, 0);
    assert!(session.outcome().is_none(), "one can be borne, however often it is proven");
    prove(&mut session, 1);
    let outcome = session.outcome().unwrap();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::FaultBoundExceeded));
    assert_eq!(outcome.metadata.get("byzantine_safe"), Some(&false.into()));
}

#[test]
fn a_proven_liar_counts_for_no_side_and_is_named_as_proven() {
    let mut session = session(4, 1);
    prove(&mut session, 3);
    assert_eq!(session.ledger.tally.standing(3), Some(Standing::Spoiled));
    for round in 1..=3 {
        for place in 0..3 {
            let voter = session.ledger.opening.electorate.electors()[place].id.clone();
            let ballot = Ballot::new(voter, session.ledger.id(), session.ledger.instance, Choice::For).in_round(round);
            session.handle(Timestamp::UNIX_EPOCH, Input::Ballot(Arc::new(ballot)));
        }
    }
    let outcome = session.outcome().unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 3));
    let told = |key: &str| serde_json::to_value(outcome.metadata.get(key).unwrap()).unwrap();
    assert_eq!(told("proven"), serde_json::json!(["agent-4"]));
    assert_eq!(told("malicious_agents"), told("proven"));
    assert_eq!(told("malicious_means"), "proven");
    assert_eq!(told("unstable"), serde_json::json!([]));
}
