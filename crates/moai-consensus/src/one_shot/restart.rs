//! After a crash: an agent again, from what it had written down.

use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{InvalidInput, Timestamp};

use super::agent::Agent;
use super::certificate::about;
use super::{Kind, Message, Part, Said, Setting};
use crate::{Signer, Verifier};

impl Agent {
    /// The agent that persisted these records, in their order. It answers with the same bytes, and counts its own votes. It
    /// goes on with [`Input::Start`](super::Input::Start).
    ///
    /// # Errors
    ///
    /// `Malformed` for what is no record of an agent, and where two own words stand that nobody honest says both: two lives
    /// wrote, and whoever sent both would accuse itself. No record behind that one is asked for. The journal is trusted: its
    /// signatures are not checked again.
    pub fn restore(
        setting: Setting,
        me: u32,
        signer: Arc<dyn Signer>,
        verifier: Arc<dyn Verifier>,
        records: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Self, InvalidInput> {
        let mut agent = Self::new(setting, me, signer, verifier);
        for record in records {
            if planted("forgetting_the_journal") {
                continue;
            }
            for part in Part::unpack(record.as_ref())? {
                agent.remember(part)?;
            }
        }
        let certified = agent.chain.all().map(|certificate| certificate.view.saturating_add(1)).max();
        agent.view = agent.mine.last_view().max(certified.unwrap_or_default());
        if agent.breach.is_none() {
            agent.decide(Timestamp::MIN);
        }
        // It is known to others, or will be when they ask.
        agent.told.clear();
        agent.out = super::relay::Outgoing::default();
        Ok(agent)
    }

    fn remember(&mut self, part: Part) -> Result<(), InvalidInput> {
        match part {
            Part::Said(said) => self.remember_said(said)?,
            Part::Record(record) => {
                self.records.insert(record.digest(), record);
            }
            Part::Certificate(certificate) if certificate.kind == Kind::Finalize => {
                self.take_finalization(certificate);
            }
            Part::Certificate(certificate) => {
                self.chain.take(&certificate);
            }
            Part::Proof(proof) => self.accuse_by(*proof),
        }
        Ok(())
    }

    /// It re-enters its own votes into its local tallies.
    fn remember_said(&mut self, said: Said) -> Result<(), InvalidInput> {
        let Ok(message) = said.message() else { return Ok(()) };
        if message.kind() == Kind::Statement && planted("asking_the_voter_again") {
            return Ok(());
        }
        let view = message.view().unwrap_or_default();
        // A proposal that was notarized is another's.
        let mine = said.by() == self.me;
        if mine && let Some(before) = self.mine.contradicting(view, &said) {
            let (before, now) = (before.kind(), said.kind());
            let why = format!("in view {view} it says {before:?} and {now:?}, of which nobody honest says both");
            return Err(InvalidInput::Malformed { field: "agreement_said", why });
        }
        match message {
            Message::Statement(_) => self.learn(&said),
            Message::Propose(proposition) => {
                self.records.insert(proposition.record.digest(), proposition.record.clone());
                self.views.at(view).proposal = Some((said.clone(), Arc::from(proposition)));
            }
            Message::Notarize { .. } | Message::Nullify { .. } | Message::Finalize { .. } => {
                if let Some((_, record)) = about(&said) {
                    self.views.at(view).add(record, said.clone());
                }
            }
        }
        if mine && (!planted("voting_again_after_a_restart") || said.kind() == Kind::Statement) {
            self.mine.add(view, said);
        }
        Ok(())
    }
}
