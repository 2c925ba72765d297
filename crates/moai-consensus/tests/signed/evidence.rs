//! Evidence that proves itself to anyone, and proves nothing with one bit flipped.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Ballot, BallotFlaw, Contradiction, Ed25519, Evidence, EvidenceFlaw, Signer, Terms, Threshold};
use moai_core::{Digest, Limits, proposal_id, value};

use crate::swarm::{agent, key, keyed};

fn terms() -> Terms {
    Terms::new(value!("a proposal").digest(), keyed(3), Threshold::MAJORITY)
}

fn ballot(instance: Digest, round: u32) -> Ballot {
    Ballot::new(agent(1), proposal_id!("deploy-v2.0"), instance, For).in_round(round).because("it is tested")
}

fn changed(ballot: &Ballot) -> Ballot {
    let mut other = ballot.clone().unsigned();
    other.choice = Against;
    other
}

fn doubled() -> Evidence {
    let first = ballot(terms().instance(), 1);
    Evidence::of(&first.clone().sign(&key(1)), &changed(&first).sign(&key(1))).unwrap()
}

#[test]
fn two_signed_ballots_prove_nothing_to_a_stranger() {
    let mind = Evidence::of(
        &ballot(terms().instance(), 1).sign(&key(1)),
        &changed(&ballot(terms().instance(), 2)).sign(&key(1)),
    );
    for evidence in [doubled(), mind.unwrap()] {
        assert!(evidence.is_proof());
        let read = Evidence::from_bytes(&evidence.to_bytes(), &Limits::default()).unwrap();
        assert_eq!(read, evidence);
        assert_eq!(read.verify_by(&key(1).key(), &Ed25519), Ok(()));
        assert_eq!(read.verify(&terms(), &Ed25519), Ok(&agent(1)));
        let text = serde_json::to_string(&evidence).unwrap();
        let read: Evidence = serde_json::from_str(&text).unwrap();
        assert_eq!(read.verify(&terms(), &Ed25519), Ok(&agent(1)));
    }
}

#[test]
fn evidence_with_one_bit_flipped_still_proves_something() {
    let bytes = doubled().to_bytes();
    let verified = |bytes: &[u8]| {
        let read = Evidence::from_bytes(bytes, &Limits::default()).ok()?;
        read.verify_by(&key(1).key(), &Ed25519).ok()
    };
    assert!(verified(&bytes).is_some());
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verified(&flipped), None, "bit {bit}");
    }
}

#[test]
fn what_is_no_proof_accuses_somebody() {
    let (first, instance) = (ballot(terms().instance(), 1), terms().instance());
    let of = |first: &Ballot, second: &Ballot| Evidence::of(first, second).unwrap();
    let (signed, other) = (first.clone().sign(&key(1)), changed(&first));
    let flaw = |evidence: &Evidence| evidence.verify(&terms(), &Ed25519).unwrap_err();
    // Not signed, or by another; a word moved under a signature.
    let unsigned = of(&signed, &other);
    assert!(!unsigned.is_proof());
    assert_eq!(flaw(&unsigned), EvidenceFlaw::Ballot(BallotFlaw::Unsigned));
    let forged = of(&signed, &other.clone().sign(&key(2)));
    assert!(forged.is_proof(), "who signed it cannot be seen without a key");
    assert_eq!(flaw(&forged), EvidenceFlaw::Ballot(BallotFlaw::BadSignature));
    let mut moved = signed.clone();
    moved.choice = Against;
    assert_eq!(flaw(&of(&signed, &moved)), EvidenceFlaw::Ballot(BallotFlaw::OtherBytes));
    // Twice the same, in whatever round; what is called something else than it is.
    let repeated = of(&signed, &other.clone().sign(&key(1)));
    let mut same = repeated.clone();
    same.second = first.clone().in_round(2).sign(&key(1));
    assert_eq!(flaw(&same), EvidenceFlaw::NoContradiction);
    let mut misnamed = repeated.clone();
    misnamed.kind = Contradiction::ChangeOfMind;
    assert_eq!(flaw(&misnamed), EvidenceFlaw::NoContradiction);
    // Ballots of two votes, of two voters, of another vote, of a stranger.
    let mut two_votes = repeated.clone();
    two_votes.second = changed(&ballot(value!(1).digest(), 1)).sign(&key(1));
    assert_eq!(flaw(&two_votes), EvidenceFlaw::NoContradiction);
    let mut two_voters = repeated;
    two_voters.second.voter = agent(2);
    two_voters.second = two_voters.second.unsigned().sign(&key(2));
    assert_eq!(flaw(&two_voters), EvidenceFlaw::NoContradiction);
    let elsewhere = ballot(value!(1).digest(), 1);
    let elsewhere = of(&elsewhere.clone().sign(&key(1)), &changed(&elsewhere).sign(&key(1)));
    assert_eq!(flaw(&elsewhere), EvidenceFlaw::OtherVote);
    let mut stranger = ballot(instance, 1);
    stranger.voter = agent(9);
    let stranger = of(&stranger.clone().sign(&key(9)), &changed(&stranger).sign(&key(9)));
    assert_eq!(flaw(&stranger), EvidenceFlaw::NoKey);
}
