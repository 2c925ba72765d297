//! Proofs and outcomes: they verify alone, and with one flipped bit they do not.

use moai_consensus::one_shot::{Agreed, Message, NoProof, Offence, Part, Proof, Said, Statement};
use moai_consensus::{Choice, Ratio, Rule, Threshold};
use moai_core::{Digest, value};

use crate::good::world;
use crate::scheme::Hashes;
use crate::world::{DELTA, setting, signer};

fn some(content: u64) -> moai_consensus::one_shot::Setting {
    setting(content, &[1; 4], 1, Threshold::more_than(Ratio::HALF).unwrap().shared(), 1_000_000)
}

fn say(setting: &moai_consensus::one_shot::Setting, by: u32, message: &Message) -> Said {
    Said::sign(setting, by, signer(by).as_ref(), message)
}

#[test]
fn a_proof_with_a_flipped_bit_or_from_another_agreement_accuses_somebody() {
    let setting = some(1);
    let [x, y]: [Digest; 2] = [value!(1).digest(), value!(2).digest()];
    let pairs = [
        (Offence::DoubleNotarize, [x, y].map(|record| Message::Notarize { view: 3, record, proposal: x })),
        (Offence::DoubleFinalize, [x, y].map(|record| Message::Finalize { view: 3, record })),
        (Offence::NullifyAndFinalize, [Message::Nullify { view: 3 }, Message::Finalize { view: 3, record: x }]),
        (
            Offence::DoubleStatement,
            [Choice::For, Choice::Against].map(|choice| Message::Statement(Statement::ballot(choice))),
        ),
    ];
    for (offence, messages) in pairs {
        let [first, second] = messages.map(|message| say(&setting, 2, &message));
        let proof = Proof::new(offence, first, Some(second));
        assert_eq!(proof.verify(&setting, &Hashes).unwrap().as_str(), "agent-02");
        assert_eq!(proof.verify(&some(2), &Hashes), Err(NoProof));
        let bytes = proof.to_bytes();
        assert_eq!(Proof::from_bytes(&bytes).unwrap(), proof);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let verified = Proof::from_bytes(&flipped).map(|proof| proof.verify(&setting, &Hashes).is_ok());
            assert_ne!(verified, Ok(true), "{offence:?}, bit {bit}");
        }
    }
}

#[test]
fn what_an_honest_agent_signs_proves_a_lie() {
    let setting = some(1);
    let x: Digest = value!(1).digest();
    let notarize = |view| say(&setting, 2, &Message::Notarize { view, record: x, proposal: x });
    let finalize = |view| say(&setting, 2, &Message::Finalize { view, record: x });
    let nullify = |by, view| say(&setting, by, &Message::Nullify { view });
    let nothing = [
        Proof::new(Offence::DoubleNotarize, notarize(1), Some(notarize(2))),
        Proof::new(Offence::DoubleNotarize, notarize(1), Some(notarize(1))),
        Proof::new(Offence::DoubleFinalize, notarize(1), Some(finalize(1))),
        Proof::new(Offence::NullifyAndFinalize, nullify(2, 1), Some(finalize(2))),
        Proof::new(Offence::NullifyAndFinalize, nullify(1, 1), Some(finalize(1))),
        Proof::new(Offence::NullifyAndFinalize, nullify(2, 1), Some(notarize(1))),
        Proof::new(Offence::BadProposal, notarize(1), None),
        Proof::new(Offence::DoubleNotarize, notarize(1), None),
    ];
    for proof in nothing {
        assert_eq!(proof.verify(&setting, &Hashes), Err(NoProof), "{proof:?}");
    }
}

#[test]
fn an_outcome_with_a_flipped_bit_proves_itself() {
    let mut world = world(3, 4, (1, DELTA), |_| Choice::For);
    assert!(world.run(30_000_000));
    let agreed = world.agreed.values().next().unwrap();
    let parts = [Part::Certificate(agreed.finalization.clone()), Part::Record(agreed.record.clone())];
    let bytes = Part::pack(&parts);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(parts) = Part::unpack(&flipped) else { continue };
        if let [Part::Certificate(finalization), Part::Record(record)] = parts.as_slice() {
            let flipped = Agreed::new(record.clone(), finalization.clone());
            assert!(flipped.verify(&world.setting, &Hashes).is_err(), "bit {bit}");
        }
    }
    assert!(agreed.verify(&some(2), &Hashes).is_err(), "in another agreement");
}
