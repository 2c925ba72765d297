//! Certificates: what follows from signed ballots verifies alone, and nothing else does.

use std::collections::HashSet;
use std::sync::Mutex;

use moai_consensus::Choice::{Abstain, Against, For};
use moai_consensus::{
    Algorithm, Ballot, BallotFlaw, ByzantineConsensus, Certificate, CertificateFlaw, Choice, Decision, Domain, Ed25519,
    Electorate, Entry, Evidence, EvidenceFlaw, GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol, Input,
    OnDeadline, Proven, QuorumAlgorithm, Signature, Signer, Terms, Threshold, UnanimousAlgorithm, Verifier, VoterKey,
};
use moai_core::{Coded, Digest, Limits, proposal_id, value};

use crate::sessions::{World, at, opening};
use crate::swarm::{agent, key, keyed};

fn byzantine() -> ByzantineConsensus {
    ByzantineConsensus::new(1, 3).unwrap()
}

fn proposal() -> moai_core::Digest {
    opening(keyed(1)).proposal.digest()
}

fn by_majority(members: u8) -> Terms {
    Terms::new(proposal(), keyed(members), Threshold::MAJORITY)
}

fn by_rounds(members: u8) -> Terms {
    Terms::byzantine(proposal(), keyed(members), &byzantine()).unwrap()
}

/// A plain vote in which these are said, up to its deadline.
fn voted(algorithm: &dyn Algorithm, members: u8, said: &[(u8, Choice)]) -> Certificate {
    let mut world = World::of(algorithm, keyed(members));
    for &(number, choice) in said {
        let ballot = world.signed(number, 1, choice);
        world.cast(ballot).unwrap();
    }
    world.give(at(30), Input::Tick);
    let certificate = world.session.certificate().unwrap();
    let of_record = Certificate::of_record(certificate.proposal().id(), world.record.clone());
    assert_eq!(of_record.as_ref(), Some(certificate.as_ref()), "a record tells the same");
    (*certificate).clone()
}

/// A vote of three rounds among four, of whom the last one says two things.
fn confirmed() -> Certificate {
    let mut world = World::of(&byzantine(), keyed(4));
    for choice in [For, Against] {
        let ballot = world.signed(4, 1, choice);
        let _ = world.cast(ballot);
    }
    for round in 1..=3 {
        for number in 1..=3 {
            let ballot = world.signed(number, round, For);
            world.cast(ballot).unwrap();
        }
    }
    let certificate = world.session.certificate().unwrap();
    let of_record = Certificate::of_record(certificate.proposal().id(), world.record.clone());
    assert_eq!(of_record.as_ref(), Some(certificate.as_ref()), "a record tells the same");
    (*certificate).clone()
}

/// The same certificate with something else in it, by way of its JSON.
fn altered(certificate: &Certificate, alter: impl FnOnce(&mut serde_json::Value)) -> Certificate {
    let mut json = serde_json::to_value(certificate).unwrap();
    alter(&mut json);
    serde_json::from_value(json).unwrap()
}

fn claiming(certificate: &Certificate, decision: &str) -> Certificate {
    altered(certificate, |json| json["decision"] = decision.into())
}

#[test]
fn what_follows_from_ballots_is_not_proven() {
    let approved = voted(&QuorumAlgorithm::new(), 4, &[(1, For), (2, Against), (3, For), (4, For)]);
    assert_eq!(approved.verify(&by_majority(4), &Ed25519), Ok(Proven::Decision(Decision::Approved)));
    assert_eq!(approved.ballots().len(), 4);
    let rejected = voted(&QuorumAlgorithm::new(), 4, &[(1, Against), (3, Abstain)]);
    assert_eq!(rejected.verify(&by_majority(4), &Ed25519), Ok(Proven::Decision(Decision::Rejected)));
    let unanimous = Terms::new(proposal(), keyed(3), moai_consensus::Unanimous);
    let stopped = voted(&UnanimousAlgorithm, 3, &[(2, Against)]);
    assert_eq!(stopped.verify(&unanimous, &Ed25519), Ok(Proven::Decision(Decision::Rejected)));
    let in_rounds = confirmed();
    assert_eq!(in_rounds.verify(&by_rounds(4), &Ed25519), Ok(Proven::Decision(Decision::Approved)));
    assert_eq!((in_rounds.ballots().len(), in_rounds.evidence().len()), (9, 1));
}

#[test]
fn a_ballot_that_names_another_proposal_counts() {
    let approved = voted(&QuorumAlgorithm::new(), 3, &[(1, For), (2, For)]);
    let first = approved.ballots().next().unwrap();
    let elsewhere = Ballot::new(agent(1), proposal_id!("deploy-v3.0"), first.instance, For).sign(&key(1));
    let mut json = serde_json::to_value(&approved).unwrap();
    json["ballots"][0] = serde_json::to_value(&elsewhere).unwrap();
    let forged: Certificate = serde_json::from_value(json).unwrap();
    assert_eq!(forged.verify(&by_majority(3), &Ed25519), Err(CertificateFlaw::OtherVote(agent(1))));
    // Nor does whoever counts take it in.
    let mut world = World::of(&QuorumAlgorithm::new(), keyed(3));
    let refused = world.cast(elsewhere).unwrap_err();
    assert_eq!(refused.code(), "vote.wrong_electorate");
}

#[test]
fn silence_is_proven() {
    let timeout = voted(&QuorumAlgorithm::new(), 4, &[(1, For), (2, For)]);
    assert_eq!(timeout.decision(), Decision::Timeout);
    let proven = timeout.verify(&by_majority(4), &Ed25519).unwrap();
    assert_eq!(proven, Proven::Ballots { claimed: Decision::Timeout, unheard: vec![agent(3), agent(4)] });
    assert_eq!(proven.decision(), None);
    // In rounds as well: who is not heard in all of them could have been.
    let mut world = World::of(&byzantine(), keyed(4));
    let ballot = world.signed(1, 1, For);
    world.cast(ballot).unwrap();
    world.give(at(30), Input::Tick);
    let proven = world.session.certificate().unwrap().verify(&by_rounds(4), &Ed25519).unwrap();
    let Proven::Ballots { claimed: Decision::Rejected, unheard } = proven else { panic!("{proven:?}") };
    assert_eq!(unheard.len(), 4);
}

#[test]
fn one_liar_and_its_manager_prove_both() {
    // Four, of whom one may lie, so three are needed: agent-4 tells each manager another thing.
    let run = |said: &[(u8, Choice)]| {
        let mut world = World::of(&byzantine(), keyed(4));
        for round in 1..=3 {
            for &(number, choice) in said {
                let ballot = world.signed(number, round, choice);
                // Who is silent is waited for until its round is over.
                world.give(at(i64::from(round) * 10 - 5), Input::Ballot(ballot.into()));
            }
        }
        let certificate = world.session.certificate().unwrap();
        (certificate.decision(), certificate.verify(&by_rounds(4), &Ed25519).unwrap())
    };
    let (_, approved) = run(&[(1, For), (2, For), (4, For)]);
    assert_eq!(approved, Proven::Decision(Decision::Approved));
    // The other one rejects rightly, by what it heard, and can prove that to nobody.
    let (decision, rejected) = run(&[(3, Against), (4, Against)]);
    assert_eq!((decision, rejected.decision()), (Decision::Rejected, None));
    // It takes as many as no liar can make doubtful.
    let mut world = World::of(&byzantine(), keyed(4));
    let ballots = (1..=3).map(|number| world.signed(number, 1, Against));
    let ballots: Vec<_> = ballots.collect();
    let heard = ballots.into_iter().map(|ballot| world.cast(ballot)).filter(Result::is_ok).count();
    assert_eq!(heard, 2, "it is decided by then");
    let proposal = opening(keyed(4)).proposal;
    let certificate = world.session.certificate().unwrap();
    let third = serde_json::to_value(world.signed(3, 1, Against)).unwrap();
    let certificate = altered(&certificate, |json| json["ballots"].as_array_mut().unwrap().push(third));
    assert_eq!(certificate.proposal(), &proposal);
    assert_eq!(certificate.verify(&by_rounds(4), &Ed25519), Ok(Proven::Decision(Decision::Rejected)));
}

#[test]
fn an_approval_that_rests_on_silence_verifies() {
    for (on_deadline, said) in [(OnDeadline::DecideByCast, vec![1]), (OnDeadline::Approve, vec![])] {
        let mut opening = opening(keyed(4));
        opening.on_deadline = on_deadline;
        let mut session = QuorumAlgorithm::new().open(opening.clone()).unwrap();
        session.handle(at(0), Input::Start);
        for number in said {
            let ballot = moai_consensus::Ballot::new(
                agent(number),
                opening.proposal.id().clone(),
                session.instance().unwrap(),
                For,
            );
            session.handle(at(1), Input::Ballot(ballot.sign(&key(number)).into()));
        }
        session.handle(at(30), Input::Tick);
        let certificate = session.certificate().unwrap();
        assert_eq!(certificate.decision(), Decision::Approved);
        assert_eq!(certificate.verify(&by_majority(4), &Ed25519), Err(CertificateFlaw::NotApproved));
    }
}

#[test]
fn a_manager_certifies_what_does_not_follow() {
    let approved = voted(&QuorumAlgorithm::new(), 3, &[(1, For), (2, For)]);
    let (rejected, timeout) = (voted(&QuorumAlgorithm::new(), 3, &[(1, Against), (2, Against)]), {
        voted(&QuorumAlgorithm::new(), 3, &[(1, For)])
    });
    let flaw = |certificate: Certificate| certificate.verify(&by_majority(3), &Ed25519).unwrap_err();
    assert_eq!(flaw(claiming(&rejected, "approved")), CertificateFlaw::NotApproved);
    assert_eq!(flaw(claiming(&timeout, "approved")), CertificateFlaw::NotApproved);
    assert_eq!(flaw(claiming(&approved, "rejected")), CertificateFlaw::OtherDecision(Decision::Approved));
    assert_eq!(flaw(claiming(&approved, "timeout")), CertificateFlaw::OtherDecision(Decision::Approved));
    assert_eq!(flaw(claiming(&rejected, "timeout")), CertificateFlaw::OtherDecision(Decision::Rejected));
    // With a ballot kept back the approval does not follow any more.
    let fewer = altered(&approved, |json| drop(json["ballots"].as_array_mut().unwrap().pop()));
    assert_eq!(flaw(fewer), CertificateFlaw::NotApproved);
}

#[test]
fn a_certificate_of_something_else_verifies() {
    let approved = voted(&QuorumAlgorithm::new(), 3, &[(1, For), (2, For)]);
    let verify = |terms: &Terms| approved.verify(terms, &Ed25519).unwrap_err();
    let other = Terms::new(value!("another").digest(), keyed(3), Threshold::MAJORITY);
    assert_eq!(verify(&other), CertificateFlaw::OtherProposal);
    assert_eq!(verify(&by_majority(4)), CertificateFlaw::OtherElectorate);
    let unkeyed = Terms::new(proposal(), Electorate::of((1..=3).map(agent)).unwrap(), Threshold::MAJORITY);
    assert_eq!(verify(&unkeyed), CertificateFlaw::OtherElectorate);
    let two_thirds = Threshold::more_than(moai_consensus::Ratio::TWO_THIRDS).unwrap();
    assert_eq!(verify(&Terms::new(proposal(), keyed(3), two_thirds)), CertificateFlaw::OtherRule);
    let in_rounds = Terms::byzantine(proposal(), keyed(3), &ByzantineConsensus::new(0, 3).unwrap()).unwrap();
    assert_eq!(verify(&in_rounds), CertificateFlaw::OtherRule);
}

#[test]
fn what_is_not_its_voters_word_stands_in_a_certificate() {
    let approved = voted(&QuorumAlgorithm::new(), 3, &[(1, For), (2, For)]);
    let flaw = |alter: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let certificate = altered(&approved, |json| alter(json["ballots"].as_array_mut().unwrap()));
        certificate.verify(&by_majority(3), &Ed25519).unwrap_err()
    };
    let ballot = |voter: u8, flaw| CertificateFlaw::Ballot { voter: agent(voter), flaw };
    assert_eq!(flaw(&|all| all.swap(0, 1)), CertificateFlaw::Unsorted);
    assert_eq!(flaw(&|all| all[1] = all[0].clone()), CertificateFlaw::Unsorted);
    assert_eq!(flaw(&|all| all[1]["choice"] = "against".into()), ballot(2, BallotFlaw::OtherBytes));
    assert_eq!(flaw(&|all| drop(all[0].as_object_mut().unwrap().remove("signed"))), ballot(1, BallotFlaw::Unsigned));
    let foreign =
        |all: &mut Vec<serde_json::Value>| all[1]["signed"]["signature"] = all[0]["signed"]["signature"].clone();
    assert_eq!(flaw(&foreign), ballot(2, BallotFlaw::BadSignature));
    assert_eq!(flaw(&|all| all[1]["voter"] = "stranger".into()), CertificateFlaw::NoKey(crate::swarm::id("stranger")));
    assert_eq!(flaw(&|all| all[1]["round"] = 2.into()), CertificateFlaw::OtherVote(agent(2)));
}

#[test]
fn evidence_in_a_certificate_takes_out_somebody_honest() {
    let certificate = confirmed();
    let flaw = |alter: &dyn Fn(&mut serde_json::Value)| {
        altered(&certificate, alter).verify(&by_rounds(4), &Ed25519).unwrap_err()
    };
    // An honest voter's ballot, against which something is made up.
    let honest = certificate.ballots().next().unwrap().clone();
    let mut other = honest.clone().unsigned();
    other.choice = Against;
    let made_up = Evidence::of(&honest, &other.sign(&key(2))).unwrap();
    let made_up = serde_json::to_value(made_up).unwrap();
    let accused = flaw(&|json| json["evidence"].as_array_mut().unwrap().insert(0, made_up.clone()));
    let bad = EvidenceFlaw::Ballot(BallotFlaw::BadSignature);
    assert_eq!(accused, CertificateFlaw::Evidence { voter: agent(1), flaw: bad });
    // A liar's ballot beside the proof, and two ballots that contradict each other without one.
    let lie = serde_json::to_value(&certificate.evidence().next().unwrap().first).unwrap();
    let beside = flaw(&|json| json["ballots"].as_array_mut().unwrap().push(lie.clone()));
    assert_eq!(beside, CertificateFlaw::TwoThings(agent(4)));
    let mut second = certificate.evidence().next().unwrap().second.clone().unsigned().in_round(2);
    second.choice = Against;
    let second = serde_json::to_value(second.sign(&key(4))).unwrap();
    let without = flaw(&|json| {
        json["evidence"].as_array_mut().unwrap().clear();
        json["ballots"].as_array_mut().unwrap().extend([lie.clone(), second.clone()]);
    });
    assert_eq!(without, CertificateFlaw::TwoThings(agent(4)));
}

#[test]
fn a_certificate_comes_back_from_its_bytes_or_its_text_as_another() {
    let timeout = voted(&QuorumAlgorithm::new(), 3, &[(1, For)]);
    for (certificate, terms) in [(confirmed(), by_rounds(4)), (timeout, by_majority(3))] {
        let read = Certificate::from_bytes(&certificate.to_bytes(), &Limits::default()).unwrap();
        assert_eq!(read, certificate);
        let text = serde_json::to_string(&certificate).unwrap();
        let read_text: Certificate = serde_json::from_str(&text).unwrap();
        assert_eq!(read_text, certificate);
        let verified = certificate.verify(&terms, &Ed25519).unwrap();
        assert_eq!(read.verify(&terms, &Ed25519).as_ref(), Ok(&verified));
        assert_eq!(read_text.verify(&terms, &Ed25519), Ok(verified));
    }
}

/// Ed25519 that remembers what it has found to verify: of a certificate with one bit flipped only what differs is new.
#[derive(Default)]
struct Remembers(Mutex<HashSet<(VoterKey, Digest, Signature)>>);

impl Verifier for Remembers {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        let claim = (*key, domain.message(bytes), *signature);
        let mut known = self.0.lock().unwrap();
        if !known.contains(&claim) && Ed25519.verifies(key, domain, bytes, signature) {
            known.insert(claim);
        }
        known.contains(&claim)
    }
}

#[test]
fn one_flipped_bit_or_one_byte_too_few_still_verifies() {
    let remembers = Remembers::default();
    let timeout = voted(&QuorumAlgorithm::new(), 3, &[(1, For)]);
    for (certificate, terms) in [(confirmed(), by_rounds(4)), (timeout, by_majority(3))] {
        let bytes = certificate.to_bytes();
        let verified = |bytes: &[u8]| {
            let read = Certificate::from_bytes(bytes, &Limits::default()).ok()?;
            read.verify(&terms, &remembers).ok()
        };
        assert!(verified(&bytes).is_some());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verified(&flipped), None, "bit {} of byte {}", bit % 8, bit / 8);
        }
        for length in 0..bytes.len() {
            assert!(Certificate::from_bytes(&bytes[..length], &Limits::default()).is_err(), "cut at {length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Certificate::from_bytes(&longer, &Limits::default()).is_err());
    }
}

#[test]
fn a_forged_certificate_costs_a_signature_for_each_voter_before_it_is_refused() {
    /// Panics when it is asked.
    struct Unasked;
    impl Verifier for Unasked {
        fn verifies(&self, _: &VoterKey, _: &Domain, _: &[u8], _: &Signature) -> bool {
            panic!("it is asked")
        }
    }
    let approved = voted(&QuorumAlgorithm::new(), 3, &[(1, For), (2, For)]);
    let elsewhere = Terms::new(value!("another").digest(), keyed(3), Threshold::MAJORITY);
    assert_eq!(approved.verify(&elsewhere, &Unasked), Err(CertificateFlaw::OtherProposal));
    assert_eq!(key(1).key(), *approved.electorate().key(&agent(1)).unwrap());
}

#[test]
fn what_gossip_decided_is_proven_by_its_record() {
    let protocol = GossipProtocol::new(GossipConfig::new(GossipMode::Epidemic).unwrap());
    let mut world = World::of(&GossipAlgorithm::new(protocol, 0.5).unwrap(), keyed(4));
    for number in 1..=4 {
        let ballot = world.signed(number, 1, For);
        world.cast(ballot).unwrap();
    }
    assert!(world.session.outcome().unwrap().is_approved());
    assert_eq!(world.session.certificate(), None);
    let signed = |entry: &&Entry| matches!(entry, Entry::Ballot(ballot) if ballot.is_signed());
    assert_eq!(world.record.iter().filter(signed).count(), 4);
    assert_eq!(Certificate::of_record(&opening(keyed(4)).proposal.id().clone(), world.record), None);
}

#[test]
fn two_spellings_of_one_json_make_two_certificates() {
    let mut world = World::of(&QuorumAlgorithm::new(), keyed(1));
    let ballot = world.ballot(1, 1, For).because("\u{1b}[31m").sign(&key(1));
    world.cast(ballot).unwrap();
    let certificate = world.session.certificate().unwrap();
    let json = serde_json::to_string(&*certificate).unwrap();
    let other = json.replace("\\u001b", "\\u001B");
    assert_ne!(json, other, "the escape stands there");
    // JSON has many spellings of one text, and the bytes have one form.
    let read: Certificate = serde_json::from_str(&other).unwrap();
    assert_eq!((&read, read.to_bytes()), (&*certificate, certificate.to_bytes()));
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert_eq!(read.verify(&by_majority(1), &Ed25519), Ok(Proven::Decision(Decision::Approved)));
}
