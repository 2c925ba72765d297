//! Sessions by hand: whoever drives one, only a voter's own word gets in.

use std::sync::Arc;

use moai_consensus::Choice::{Against, For};
use moai_consensus::{
    Algorithm, Ballot, Basis, ByzantineConsensus, Choice, Decision, Draft, Electorate, Entry, Evidence, EvidenceFlaw,
    Input, Opening, Output, QuorumAlgorithm, Receipt, Session, Taken, VoteError,
};
use moai_core::{Limits, Timestamp, agent_id, algorithm_name, proposal_id};

use crate::swarm::{agent, deploy, key, keyed};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
}

pub(crate) fn opening(electorate: Electorate) -> Opening {
    let proposal = Draft::from(deploy()).identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    Opening::new(proposal, electorate, algorithm_name!("by-hand"), at(0), at(30))
}

pub(crate) struct World {
    pub(crate) session: Box<dyn Session>,
    pub(crate) record: Vec<Entry>,
    opening: Opening,
}

impl World {
    pub(crate) fn of(algorithm: &dyn Algorithm, electorate: Electorate) -> Self {
        let opening = opening(electorate);
        let session = algorithm.open(opening.clone()).unwrap();
        let mut world = Self { session, record: Vec::new(), opening };
        world.give(at(0), Input::Start);
        world
    }

    pub(crate) fn give(&mut self, now: Timestamp, input: Input) -> Option<Result<Receipt, VoteError>> {
        let mut answer = None;
        for output in self.session.handle(now, input) {
            match output {
                Output::Persist(entry) => self.record.push(entry),
                Output::Answer(said) => answer = Some(said),
                _ => {}
            }
        }
        answer
    }

    pub(crate) fn ballot(&self, number: u8, round: u32, choice: Choice) -> Ballot {
        let (proposal, instance) = (self.opening.proposal.id().clone(), self.session.instance().unwrap());
        Ballot::new(agent(number), proposal, instance, choice).in_round(round)
    }

    pub(crate) fn signed(&self, number: u8, round: u32, choice: Choice) -> Ballot {
        self.ballot(number, round, choice).sign(&key(number))
    }

    pub(crate) fn cast(&mut self, ballot: Ballot) -> Result<Receipt, VoteError> {
        self.give(at(1), Input::Ballot(Arc::new(ballot))).expect("an answer")
    }

    fn proven(&self) -> u64 {
        let outcome = self.session.outcome().unwrap();
        match outcome.metadata.get("proven") {
            Some(moai_core::Value::Array(names)) => names.len() as u64,
            other => panic!("{other:?}"),
        }
    }
}

fn byzantine() -> ByzantineConsensus {
    ByzantineConsensus::new(1, 3).unwrap()
}

#[test]
fn a_driver_that_checks_nothing_lets_a_forged_ballot_in() {
    for algorithm in [&byzantine() as &dyn Algorithm, &QuorumAlgorithm::new()] {
        let mut world = World::of(algorithm, keyed(4));
        let before = (world.record.len(), world.session.tally().unwrap().cast());
        let mut moved = world.signed(1, 1, For);
        moved.reason = "something else".into();
        for forged in [world.ballot(1, 1, For), world.ballot(1, 1, For).sign(&key(2)), moved] {
            let refused = world.cast(forged);
            assert!(matches!(refused, Err(VoteError::Unsigned { .. } | VoteError::BadSignature { .. })), "{refused:?}");
        }
        assert_eq!((world.record.len(), world.session.tally().unwrap().cast()), before, "no effect");
        let (receipt, again) = (world.signed(1, 1, For), world.signed(1, 1, For));
        assert_eq!(world.cast(receipt).map(|receipt| receipt.taken), Ok(Taken::Counted));
        assert_eq!(world.cast(again).map(|receipt| receipt.taken), Ok(Taken::Again));
    }
}

#[test]
fn evidence_from_outside_strikes_unchecked() {
    let mut world = World::of(&byzantine(), keyed(4));
    let (yes, no) = (world.signed(4, 1, For), world.signed(4, 1, Against));
    let of = |first: &Ballot, second: &Ballot| Evidence::of(first, second).unwrap();
    let other = world.ballot(4, 1, Against);
    let forged = [of(&yes, &other), of(&yes, &other.clone().sign(&key(1))), of(&other, &yes.clone().unsigned())];
    for evidence in forged {
        let refused = world.give(at(1), Input::Evidence(Arc::new(evidence))).unwrap();
        let Err(VoteError::BadEvidence { flaw: EvidenceFlaw::Ballot(_), voter, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(voter, agent(4));
    }
    // Signed by the voter, both of them, and about something else that has the digest of this vote.
    let instance = yes.instance;
    let named = |choice| Ballot::new(agent(4), proposal_id!("other"), instance, choice).sign(&key(4));
    let elsewhere = of(&named(For), &named(Against));
    let refused = world.give(at(1), Input::Evidence(Arc::new(elsewhere))).unwrap();
    assert!(matches!(refused, Err(VoteError::WrongElectorate { .. })), "{refused:?}");
    assert_eq!(world.record.len(), 1, "nothing but the opening is written down");
    world.give(at(1), Input::Evidence(Arc::new(of(&yes, &no)))).unwrap().unwrap();
    for round in 1..=3 {
        for number in 1..=3 {
            let ballot = world.signed(number, round, For);
            world.cast(ballot).unwrap();
        }
    }
    let outcome = world.session.outcome().unwrap();
    assert_eq!((outcome.decision, outcome.votes_for, world.proven()), (Decision::Approved, 3, 1));
}

#[test]
fn signatures_against_a_voter_without_a_key_prove_something() {
    let mut world = World::of(&byzantine(), Electorate::of((1..=4).map(agent)).unwrap());
    // Anybody can make up a key, and sign with it.
    let (yes, no) = (world.signed(4, 1, For), world.signed(4, 1, Against));
    let evidence = Evidence::of(&yes, &no).unwrap();
    assert!(evidence.is_proof());
    world.give(at(1), Input::Evidence(Arc::new(evidence))).unwrap().unwrap();
    for round in 1..=3 {
        for number in 1..=4 {
            let ballot = world.ballot(number, round, For);
            world
                .cast(ballot)
                .map(drop)
                .or_else(|why| match why {
                    VoteError::Closed { .. } => Ok(()),
                    why => Err(why),
                })
                .unwrap();
        }
    }
    let outcome = world.session.outcome().unwrap();
    assert_eq!((outcome.basis, world.proven()), (Basis::Votes, 0));
    assert!(!outcome.evidence[0].is_proof());
}

#[test]
fn the_same_words_under_another_signature_are_a_contradiction() {
    let mut world = World::of(&byzantine(), keyed(4));
    let ballot = world.signed(1, 1, For);
    world.cast(ballot.clone()).unwrap();
    // What does not verify is refused, and what was said is no second word, whatever its signature.
    let again = ballot.clone().unsigned().sign(&key(2));
    assert!(ballot.says_as(&again));
    assert_eq!(Evidence::of(&ballot, &again), None);
    assert!(matches!(world.cast(again), Err(VoteError::BadSignature { .. })));
}
