//! Lies that an agent comes across: each kind once of each liar, so that a flood of them costs nothing.

use std::sync::Arc;

use super::agent::{Agent, Output};
use super::{Kind, Message, Offence, Proof, Said};

impl Agent {
    /// Holds up what somebody signed.
    pub(super) fn accuse(&mut self, offence: Offence, first: Said, second: Option<Said>) {
        let proof = Proof::new(offence, first, second);
        if self.accused.insert((proof.accused(), offence)) {
            self.out.outputs.push(Output::Evidence(Arc::new(proof)));
        }
    }

    /// Whether an agent's votes in a view contradict each other, or what it notarized is not valid.
    pub(super) fn find_contradictions(&mut self, view: u64, by: u32) {
        let Some(held) = self.views.get(view) else { return };
        let both = (held.vote(Kind::Nullify, by).cloned(), held.vote(Kind::Finalize, by).cloned());
        if let (Some(nullify), Some(finalize)) = both {
            self.accuse(Offence::NullifyAndFinalize, nullify, Some(finalize));
        }
        self.find_bad_notarizations(view);
    }

    /// Who has notarized a proposal that is visibly not valid.
    pub(super) fn find_bad_notarizations(&mut self, view: u64) {
        let Some(held) = self.views.get(view) else { return };
        let Some((flawed, digest)) = held.flawed.clone() else { return };
        let notarized =
            |said: &&Said| matches!(said.message(), Ok(Message::Notarize { proposal, .. }) if proposal == digest);
        let votes = held.votes(Kind::Notarize).into_iter().flatten().map(|(_, (_, said))| said);
        let bad: Vec<Said> = votes.filter(notarized).cloned().collect();
        for said in bad {
            self.accuse(Offence::NotarizedBadProposal, flawed.clone(), Some(said));
        }
    }
}
