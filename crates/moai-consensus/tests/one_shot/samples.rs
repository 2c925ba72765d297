//! One sample of everything that is kept and shown.

use std::sync::Arc;

use moai_consensus::one_shot::{
    Agreed, Certificate, Justification, Kind, Message, Offence, Proof, Proposition, Record, Said, Setting, Statement,
};
use moai_consensus::{Choice, Decision, Ratio, Rule, Signer, Threshold};
use moai_core::{Digest, value};

use crate::world::{setting, signer};

/// Four agents and their keys.
pub(crate) struct Samples {
    pub(crate) setting: Setting,
    signers: Vec<Arc<dyn Signer>>,
}

impl Samples {
    pub(crate) fn of(setting: Setting, signers: Vec<Arc<dyn Signer>>) -> Self {
        Self { setting, signers }
    }

    /// Under the scheme of the worlds.
    pub(crate) fn hashed(content: u64) -> Self {
        let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
        let signers = (0..4).map(|by| signer(by) as Arc<dyn Signer>).collect();
        Self::of(setting(content, &[1; 4], 1, rule, 1_000_000), signers)
    }

    pub(crate) fn say(&self, by: u32, message: &Message) -> Said {
        Said::sign(&self.setting, by, self.signers[by as usize].as_ref(), message)
    }

    pub(crate) fn record(&self) -> Record {
        let ballot = |by| {
            let sure = Ratio::new(3, 4).unwrap();
            let statement = Statement::ballot(Choice::For).because("it is tested").confident(sure);
            self.say(by, &Message::Statement(statement))
        };
        Record::new(Decision::Approved, (0..3).map(ballot).collect())
    }

    pub(crate) fn certificates(&self) -> [Certificate; 3] {
        let (record, proposal) = (self.record().digest(), value!("stands for a proposal").digest());
        let of = |kind, about, message: Message| {
            Certificate::new(kind, 3, about, (1..4).map(|by| self.say(by, &message)).collect())
        };
        [
            of(Kind::Notarize, record, Message::Notarize { view: 3, record, proposal }),
            of(Kind::Nullify, nothing(), Message::Nullify { view: 3 }),
            of(Kind::Finalize, record, Message::Finalize { view: 3, record }),
        ]
    }

    pub(crate) fn agreed(&self) -> Agreed {
        let [_, _, finalization] = self.certificates();
        Agreed::new(self.record(), finalization)
    }

    /// One proof of each offence.
    pub(crate) fn proofs(&self) -> Vec<Proof> {
        let [x, y] = [value!(1).digest(), value!(2).digest()];
        let pair = |offence, messages: [Message; 2]| {
            let [first, second] = messages.map(|message| self.say(2, &message));
            Proof::new(offence, first, Some(second))
        };
        let statement = |choice| Message::Statement(Statement::ballot(choice));
        // Against what its ballots say, with a chain.
        let fine = self.record();
        let wrong = Record::new(Decision::Rejected, fine.said().to_vec());
        let view = (2..6).find(|view| self.setting.leader(*view) == 2).unwrap();
        let nullified = (1..view).map(|view| {
            let said = (1..4).map(|by| self.say(by, &Message::Nullify { view })).collect();
            Certificate::new(Kind::Nullify, view, nothing(), said)
        });
        let justification = Justification::new(None, nullified.collect());
        let propose =
            |record: &Record| Message::Propose(Box::new(Proposition::new(view, record.clone(), justification.clone())));
        let bad = self.say(2, &propose(&wrong));
        let notarized = Message::Notarize { view, record: wrong.digest(), proposal: bad.digest() };
        let notarized = self.say(3, &notarized);
        vec![
            pair(Offence::DoubleStatement, [statement(Choice::For), statement(Choice::Against)]),
            pair(Offence::DoubleProposal, [propose(&fine), propose(&wrong)]),
            pair(Offence::DoubleNotarize, [x, y].map(|record| Message::Notarize { view: 3, record, proposal: x })),
            pair(Offence::DoubleFinalize, [x, y].map(|record| Message::Finalize { view: 3, record })),
            pair(Offence::NullifyAndFinalize, [Message::Nullify { view: 3 }, Message::Finalize { view: 3, record: x }]),
            Proof::new(Offence::BadProposal, bad.clone(), None),
            Proof::new(Offence::NotarizedBadProposal, bad, Some(notarized)),
        ]
    }
}

fn nothing() -> Digest {
    Digest::from_bytes([0; 32])
}
